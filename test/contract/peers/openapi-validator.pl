#!/usr/bin/perl
# JSON::Validator over exchanges: standard input has {"document": an OpenAPI document without references, "exchanges": [...]}, standard
# output gets for each exchange what is wrong with its {"request": [...], "response": [...]}.
use strict;
use warnings;
use JSON::Validator;
use JSON::Validator::Schema::OpenAPIv3;
use Mojo::JSON qw(decode_json encode_json);

my $given = decode_json(do { local $/; <STDIN> });
my $schema = JSON::Validator::Schema::OpenAPIv3->new($given->{document});

# Headers, paths and queries are text, whatever they stand for; bodies are what they are.
sub complaints {
  my ($half, $where, $message) = @_;
  my $check = $half eq 'request' ? 'validate_request' : 'validate_response';
  $schema->coerce('booleans,numbers');
  my @texts = grep { $_->path !~ m!^/body\b! } $schema->$check($where, message($message));
  $schema->coerce({});
  my @bodies = grep { $_->path =~ m!^/body\b! } $schema->$check($where, message($message));
  return [map {"$_"} @texts, @bodies];
}

sub message {
  my ($message) = @_;
  my $field = sub {
    my ($in) = @_;
    return sub {
      my $name = $in eq 'header' ? lc $_[0] : $_[0];
      my $value = $message->{$in}{$name};
      return {exists => defined $value ? 1 : 0, value => $value};
    };
  };
  return {(map { $_ => $field->($_) } qw(header path query)), body => sub { return {%{$message->{body}}} }};
}

my @opinions = map {
  my ($method, $path, $status) = @$_{qw(method path status)};
  my $operation = $given->{document}{paths}{$path}{$method} or die "No operation $method $path";
  {
    request  => complaints('request', [$method, $path], $_->{request}),
    response => $operation->{responses}{$status}
      ? complaints('response', [$method, $path, $status], $_->{response})
      : ["no answer $status"],
  };
} @{$given->{exchanges}};
print encode_json(\@opinions);
