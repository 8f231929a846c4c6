/** What a scenario needs besides the credentials of one user. */
export type Need =
  /** The e-mail address and password of a person, where a system takes either those or a key. */
  | 'person'
  /** An account, entity or application besides the first, that the user may use. */
  | 'second-place'
  /** A user whose right is to look at others. */
  | 'super-user'
  /** A user with one-time codes on, and the key they come from. */
  | 'one-time-codes'
  /** A target whose time and sessions can be steered: the sandbox. */
  | 'steering';

/** A value that may hold `{name}` where one of the target's values, or one kept from an earlier answer, is to stand. */
export type Template = string;

/** A JSON value made of templates. */
export type JsonTemplate =
  | Template
  | number
  | boolean
  | null
  | readonly JsonTemplate[]
  | { readonly [name: string]: JsonTemplate };

/** A request, by the operation of the spec. Texts are templates. */
export interface Send {
  readonly operation: string;
  readonly headers?: Readonly<Record<string, Template>>;
  readonly query?: Readonly<Record<string, Template>>;
  /** A JSON body; for SOAP the operation's argument. */
  readonly body?: JsonTemplate;
  /** For SOAP: the session that goes into its header. */
  readonly session?: Template;
  /** A body as it goes over the wire, in place of one that is made from `body`; for what the spec forbids. */
  readonly text?: Template;
}

/** What a value has to be: this text, number, boolean or null; or of that kind. */
export type Match =
  | Template
  | number
  | boolean
  | null
  | { readonly is: 'string' | 'number' | 'boolean' | 'array' | 'object' | 'nothing' }
  | { readonly matches: string };

/** What an answer has to be, besides what its spec says of it. */
export interface Expected {
  readonly status: number | readonly number[];
  /** By JSON pointer into the body. Of SOAP: `/result/…` into the answer's content, `/fault/name`, `/fault/detail`. */
  readonly body?: Readonly<Record<string, Match>>;
  /** By header name in lower case. */
  readonly headers?: Readonly<Record<string, Match>>;
}

/** Where an answer has a value that later steps need. */
export type Source = { readonly body: string } | { readonly header: string } | { readonly cookie: string };

/** A request and the answer it has to get. */
export interface CallStep {
  readonly send: Send;
  readonly expect: Expected;
  readonly keep?: Readonly<Record<string, Source>>;
  /** On a login: the credentials are right, and the service is meant to accept them. Any other login is taken for one that may be refused. */
  readonly login?: 'right';
  /** Places of the request that break the spec on purpose; the spec has to say so. */
  readonly breaks?: readonly string[];
}

/** Something that happens at a target that can be steered, by the sandbox's scenarios or its clock. */
export interface SteerStep {
  readonly steer:
    | { readonly scenario: string; readonly args?: Readonly<Record<string, unknown>> }
    | { readonly advanceMs: number };
}

/** One thing that a service is held to, as data: nothing in it runs. */
export interface Scenario {
  readonly name: string;
  /** What the service has to do, in a sentence. */
  readonly about: string;
  readonly needs?: readonly Need[];
  /** Why it is not sent to a service in production unless somebody says so; absent where it does no harm. */
  readonly unsafe?: string;
  readonly steps: readonly (CallStep | SteerStep)[];
  /**
   * What closes that which the steps opened. Sent whatever came of them, except for requests with a value that no answer brought. What they
   * find counts where the steps came to their end.
   */
  readonly finally?: readonly CallStep[];
}

/** The scenarios of one system, and the values that they need. */
export interface SystemScenarios {
  /** The operation that logs in, and what its answer is like where the login was plainly accepted. */
  readonly login: { readonly operation: string; readonly accepted: Expected };
  /** The names of the values that every scenario may use: the credentials. */
  readonly values: readonly string[];
  /** The names of those that go with a need. */
  readonly needs: Readonly<Partial<Record<Need, readonly string[]>>>;
  readonly scenarios: readonly Scenario[];
}
