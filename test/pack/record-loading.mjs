// Preloaded before a probe: notes which modules are loaded, and what they do to disk and environment while they load.
import childProcess from 'node:child_process';
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import Module, { register, syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

const append = fs.appendFileSync;
const file = process.argv[2];
let noting = false;
function note(kind, what) {
  if (noting) return;
  noting = true;
  append(file, `${JSON.stringify({ kind, what })}\n`);
  noting = false;
}

if (Module.registerHooks) {
  Module.registerHooks({
    load(url, context, next) {
      note('module', url);
      return next(url, context);
    },
  });
} else {
  // Older Nodes run hooks in a thread of their own, and show them no `require`: see the end of this file.
  const hooks = `
    import { appendFileSync } from 'node:fs';
    let file;
    export function initialize(data) { file = data; }
    export function load(url, context, next) {
      appendFileSync(file, JSON.stringify({ kind: 'module', what: url }) + '\\n');
      return next(url, context);
    }`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: file });
}

/** Node's own modules, above all its loader, read files and variables too; only what the modules themselves ask for counts. */
function askedByNode() {
  const frames = (new Error().stack ?? '').split('\n').slice(1);
  const asker = frames.find((frame) => !frame.includes('/record-loading.mjs'));
  return asker !== undefined && /\bnode:/.test(asker);
}

function watch(object, kind) {
  for (const name of Object.keys(object)) {
    const original = object[name];
    if (typeof original !== 'function' || /^[A-Z_]/.test(name)) continue;
    object[name] = function (...args) {
      if (!askedByNode()) note(kind, `${name} ${String(args[0])}`);
      return original.apply(this, args);
    };
    Object.assign(object[name], original);
  }
}

watch(fs, 'disk');
watch(fsPromises, 'disk');
watch(childProcess, 'process');
for (const name of ['homedir', 'hostname', 'tmpdir', 'userInfo', 'networkInterfaces']) {
  const original = os[name];
  os[name] = (...args) => {
    note('environment', `os.${name}`);
    return original(...args);
  };
}
syncBuiltinESMExports();

const seen = (what) => {
  if (!askedByNode()) note('environment', what);
};
process.env = new Proxy(process.env, {
  get: (target, name) => {
    seen(String(name));
    return Reflect.get(target, name);
  },
  has: (target, name) => {
    seen(String(name));
    return Reflect.has(target, name);
  },
  ownKeys: (target) => {
    seen('all names');
    return Reflect.ownKeys(target);
  },
});

process.once('exit', () => {
  for (const path of Object.keys(Module._cache)) note('module', `file://${path}`);
});
