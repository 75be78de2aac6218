// `import` finds what lies under NODE_PATH, as `require` does, and as both do on Lambda.

import fs from "node:fs";
import module, { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

let folders = [];

const isPackage = (specifier) => !/^(\.{0,2}\/|\.{1,2}$|#|[a-z]+:)/.test(specifier);

/** The contexts in which a package is looked for after its place was not. */
function contexts(context) {
  const ofPackages = folders.filter((folder) => path.basename(folder) === "node_modules");
  return ofPackages.map((folder) => ({ ...context, parentURL: pathToFileURL(path.dirname(folder) + path.sep + "_").href }));
}

/** A file in a folder of any name. */
function fileIn(specifier) {
  for (const folder of folders) {
    try {
      const url = pathToFileURL(createRequire(path.join(folder, "_")).resolve(path.join(folder, specifier)));
      return { url: url.href, shortCircuit: true };
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}

function isLost(error, specifier) {
  return error?.code === "ERR_MODULE_NOT_FOUND" && isPackage(specifier);
}

function resolveHere(specifier, context, next) {
  try {
    return next(specifier, context);
  } catch (error) {
    if (!isLost(error, specifier)) throw error;
    for (const other of contexts(context)) {
      try {
        return next(specifier, other);
      } catch {
        // The next folder may have it.
      }
    }
    const found = fileIn(specifier);
    if (!found) throw error;
    return found;
  }
}

/** For versions of Node.js that resolve on a thread of its own. */
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!isLost(error, specifier)) throw error;
    for (const other of contexts(context)) {
      try {
        return await next(specifier, other);
      } catch {
        // The next folder may have it.
      }
    }
    const found = fileIn(specifier);
    if (!found) throw error;
    return found;
  }
}

export function initialize(given) {
  folders = given;
}

/** Lets `import` look under NODE_PATH from here on. */
export function importFromNodePath() {
  const named = (process.env.NODE_PATH ?? "").split(path.delimiter);
  const isOfHost = (folder) => path.isAbsolute(folder) && folder !== process.env.LAMBDA_TASK_ROOT;
  folders = named.filter((folder) => isOfHost(folder) && fs.existsSync(folder));
  if (folders.length === 0) return;
  if (module.registerHooks) module.registerHooks({ resolve: resolveHere });
  else module.register?.(import.meta.url, { data: folders });
}
