/**
 * The one-way imports of docs/architecture.md, and what each layer may take from npm. Run by `npm run check:layers`.
 * `cli` -> `contract`, `scripts`, `sandbox`, `systems` -> `transport` -> `keeper` -> `stores` -> errors, redact, events.
 * Type-only imports count like any other: a layer that needs a higher layer's type is tied to it too.
 * Every rule here is broken on purpose, once, in test/pack/layers.test.ts.
 */

const base = '^src/(errors|redact|events)\\.ts$';
const stores = '^src/stores/';
const keeper = '^src/keeper/';
const transport = '^src/transport/';
const systems = '^src/systems/';
const sandbox = '^src/sandbox/';
const contract = '^src/contract/';
const cli = '^src/cli/';
const generated = '^generated/';
const specs = '^specs/';
const generator = '^scripts/(generate|overlays|diff|regenerate)/';
const scripts = '^scripts/';
const anyFileOfOurs = '^(src|scripts|generated|specs|test|dist)/';
const published = '^(src|scripts/(generate|overlays|diff|regenerate))/';
const restSystem = '^src/systems/(zuora-rest|zato-sso|pulse-crm)\\.ts$';
const soapReader = '^src/transport/soap-reader\\.ts$';
const xmlCode = '^src/transport/soap-|^src/systems/zuora-soap|^generated/zuora-soap/|^node_modules/(soap|sax|saxes)/';

/** Files of `from` may import, of our files, only those of `allowed`. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: anyFileOfOurs, pathNot: allowed },
});

const forbidden = [
  {
    name: 'no-cycles',
    comment: 'Files that load each other load in an order nobody chose.',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'no-type-cycles',
    comment: 'Two files that need each other’s types are one file to a reader.',
    severity: 'error',
    from: {},
    to: { circular: true, via: { dependencyTypes: ['type-only'] } },
  },

  only('base-imports-base', base, [base], 'Errors, redaction and events stand below everything.'),
  only('stores-import-base', stores, [stores, base], 'A store knows strings and keys, nothing of sessions.'),
  only('keeper-imports-stores', keeper, [keeper, stores, base], 'The keeper knows no HTTP and no system.'),
  only(
    'transport-imports-keeper',
    transport,
    [transport, keeper, stores, base],
    'Transport serves every system alike.',
  ),
  only(
    'systems-import-transport',
    systems,
    [systems, generated, transport, keeper, stores, base],
    'A system is built from its generated folder and the layers below.',
  ),
  only(
    'index-imports-no-system',
    '^src/index\\.ts$',
    ['^src/systems/client-options\\.ts$', transport, keeper, stores, base],
    'The main entry names what all systems share; each system has its own subpath.',
  ),
  only(
    'contract-imports-transport',
    contract,
    [contract, generated, transport, keeper, stores, base],
    'The contract runner is given its clients: it stands beside systems and sandbox, not above them.',
  ),
  only(
    'sandbox-imports-generated',
    sandbox,
    [sandbox, generated, '^src/errors\\.ts$'],
    "A sandbox that shares the client's code shares the client's mistakes.",
  ),
  only(
    'cli-imports-published-code',
    cli,
    ['^src/', generated, generator],
    'Of the scripts only the generator and what belongs to it is in the package.',
  ),
  only('generator-stands-alone', generator, [generator], 'The generator must run before anything is generated.'),
  only(
    'scripts-import-systems-and-sandbox',
    '^scripts/(?!(generate|overlays|diff|regenerate)/|cli-docs[./])',
    [scripts, generated, specs, '^src/(?!cli/)'],
    'Build-time code is above everything but the command.',
  ),
  only(
    'cli-docs-read-the-command',
    '^scripts/cli-docs[./]',
    [scripts, '^src/cli/'],
    'What documents the command reads its definitions, and nothing below them.',
  ),
  {
    name: 'generated-imports-nothing',
    comment: 'Generated files import only files of their own folder.',
    severity: 'error',
    from: { path: '^generated/([^/]+)/' },
    to: { pathNot: '^generated/$1/' },
  },
  {
    name: 'only-scripts-read-specs',
    comment: 'Specs are inputs of the generator; at run time they are not there. Reads by path: check-spec-readers.',
    severity: 'error',
    from: { pathNot: [scripts, '^test/'] },
    to: { path: specs },
  },
  {
    name: 'product-imports-no-test',
    severity: 'error',
    from: { path: '^(src|scripts|generated)/' },
    to: { path: '^test/' },
  },
  {
    name: 'nothing-imports-the-build',
    comment: 'Sources and tests import sources; only test/pack looks at a build, and that of its own scratch folder.',
    severity: 'error',
    from: {},
    to: { path: '^dist/' },
  },

  {
    name: 'rest-systems-reach-no-xml',
    comment: 'Importing a REST system must load no XML code. test/pack looks at the modules that really load.',
    severity: 'error',
    from: { path: restSystem },
    to: { path: xmlCode, reachable: true },
  },
  {
    name: 'systems-load-login-validators-only',
    comment: 'The full set of validators is for contract runs: it is many times the size.',
    severity: 'error',
    from: { path: systems },
    to: { path: '^generated/[^/]+/validators\\.ts$' },
  },
  {
    name: 'xml-parser-loads-late',
    comment: 'The reader is loaded while the first answer is awaited, so a client may import no more than its types.',
    severity: 'error',
    from: { path: '^src/(systems|transport)/', pathNot: soapReader },
    to: { path: [soapReader, '^node_modules/saxes/'], dynamic: false, dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'saxes-in-soap-readers-only',
    severity: 'error',
    from: { path: '^src/', pathNot: [soapReader, '^src/sandbox/soap-reader\\.ts$', '^src/contract/soap-'] },
    to: { path: '^node_modules/saxes/' },
  },
  {
    name: 'openapi-fetch-in-systems-only',
    comment: 'Keeper and transport know plain requests; the REST client is one way to make them.',
    severity: 'error',
    from: { path: '^src/', pathNot: systems },
    to: { path: '^node_modules/openapi-fetch/' },
  },
  {
    name: 'commander-in-cli-only',
    severity: 'error',
    from: { path: '^src/', pathNot: cli },
    to: { path: '^node_modules/commander/' },
  },
  {
    name: 'sandbox-needs-saxes-at-most',
    comment:
      'The twins run on Node and what the package brings; msw only in its adapter, selfsigned where HTTPS asks for it.',
    severity: 'error',
    from: { path: sandbox, pathNot: '^src/sandbox/(msw|certificate)\\.ts$' },
    to: { path: '^node_modules/', pathNot: '^node_modules/saxes/' },
  },
  {
    name: 'msw-adapter-uses-msw-only',
    severity: 'error',
    from: { path: '^src/sandbox/msw\\.ts$' },
    to: { path: '^node_modules/', pathNot: '^node_modules/msw/' },
  },
  {
    name: 'published-code-uses-declared-packages',
    comment:
      'What the package imports must be a dependency or an optional peer: developers’ packages are not installed.',
    severity: 'error',
    from: { path: published },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional'] },
  },
  {
    name: 'no-undeclared-packages',
    comment: 'A package that is there only because another one brought it can go away any day.',
    severity: 'error',
    from: {},
    to: {
      dependencyTypes: ['npm-no-pkg', 'npm-unknown'],
      // `peerDependenciesMeta` is taken for one more kind of dependency, and an unknown one.
      dependencyTypesNot: ['npm', 'npm-dev', 'npm-peer', 'npm-optional'],
    },
  },
  {
    name: 'everything-resolves',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];

module.exports = {
  forbidden,
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.d.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
    },
  },
};
