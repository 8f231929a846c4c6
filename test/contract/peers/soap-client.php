<?php
/*
 * PHP's SoapClient against the service whose WSDL is at argv[1]; argv[2] ends all sessions there, argv[3] is the authority of its
 * certificate, or empty; argv[4] is the version of SOAP to speak. Prints as JSON what PHP has read, and every envelope as it went over the wire.
 */
[, $wsdl, $expireNow, $ca] = $argv;
$version = ['1.1' => SOAP_1_1, '1.2' => SOAP_1_2][$argv[4] ?? '1.1'];
$context = stream_context_create(['ssl' => $ca === '' ? [] : ['cafile' => $ca]]);
$client = new SoapClient($wsdl, [
    'soap_version' => $version,
    'trace' => true,
    'cache_wsdl' => WSDL_CACHE_NONE,
    'stream_context' => $context,
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
]);
$wire = [];

/** One call: what it gave, or the fault. */
function attempt(string $operation, array $input): array
{
    global $client, $wire;
    try {
        $answer = ['result' => $client->__soapCall($operation, [$input])->result];
    } catch (SoapFault $fault) {
        $detail = get_object_vars($fault->detail ?? new stdClass());
        $answer = ['fault' => ['code' => $fault->faultcode, 'message' => $fault->faultstring, 'detail' => $detail]];
    }
    $wire[] = ['operation' => $operation, 'request' => $client->__getLastRequest(), 'response' => $client->__getLastResponse()];
    return $answer;
}

$denied = attempt('login', ['username' => 'username@company.com', 'password' => 'not the password']);
$login = attempt('login', ['username' => 'username@company.com', 'password' => 'password']);
$session = $login['result'];
$client->__setLocation($session->ServerUrl);
$client->__setSoapHeaders(new SoapHeader('http://api.zuora.com/', 'SessionHeader', ['session' => $session->Session]));

$odd = new SoapVar(['Name' => "ö & <u> \"']]>"], SOAP_ENC_OBJECT, 'Account', 'http://object.api.zuora.com/');
$created = attempt('create', ['zObjects' => [$odd]]);
$pages = [attempt('query', ['queryString' => 'select Id, Name, AutoPay, Balance, BillCycleDay, CreatedDate, Notes from Account'])];
while (!end($pages)['result']->done) {
    $pages[] = attempt('queryMore', ['queryLocator' => end($pages)['result']->queryLocator]);
}
$none = attempt('query', ['queryString' => "select Id from Account where Name = 'nobody'"]);
$malformed = attempt('query', ['queryString' => 'select from']);
file_get_contents($expireNow, false, stream_context_create(['http' => ['method' => 'POST'], 'ssl' => $ca === '' ? [] : ['cafile' => $ca]]));
$expired = attempt('query', ['queryString' => 'select Id from Account']);

echo json_encode(
    compact('denied', 'login', 'created', 'pages', 'none', 'malformed', 'expired', 'wire'),
    JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE,
);
