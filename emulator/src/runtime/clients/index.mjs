// Runs a Node.js function over the Lambda Runtime API, as AWS's own client (`aws-lambda-ric`) does.
//
// That client is used where the function's package has it. Otherwise these files answer, log and fail in
// the same words; `.ci/runtimes.py` holds the two side by side. Up to nodejs22.x they do as version 3 of that
// client, from nodejs24.x on as version 4, which knows no callbacks. Where a function's code and these files lie
// on the host is nobody's business: what is answered says /var/task and /var/runtime, and the emulator's log does.
//
// Arguments: the folders of the host in which the AWS SDK may be, for NODE_PATH where the function sets none.

import fs from "node:fs";
import module, { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { Runtime } from "./callbacks.mjs";
import { logError, setUpConsole } from "./console.mjs";
import { InvokeStore } from "./context.mjs";
import { knowsCallbacks, runtimeError, taskRoot } from "./errors.mjs";
import { importFromNodePath } from "./node_path.mjs";
import { serve } from "./promises.mjs";
import { RuntimeApi } from "./runtime_api.mjs";
import { awslambda, streams } from "./streaming.mjs";

const require = createRequire(import.meta.url);
const environment = process.env;

const EXTENSIONS = ["", ".js", ".mjs", ".cjs"];
const NO_CALLBACKS =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to " +
  "modify this function to use a supported handler signature to use Node.js 24 or later. For more information see " +
  "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

/** Whether the nearest package.json makes a module of the `.js` files in the folder. */
function isModuleFolder(folder) {
  if (folder.endsWith("/node_modules")) return false;
  const description = path.join(folder, "package.json");
  if (fs.existsSync(description)) {
    try {
      return JSON.parse(fs.readFileSync(description))?.type === "module";
    } catch (error) {
      console.warn(`${description} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return false;
    }
  }
  return folder !== path.parse(folder).root && isModuleFolder(path.dirname(folder));
}

/** Loads the file of that name, else what Node.js finds under it. */
async function loadModule(folder, name) {
  const file = path.resolve(taskRoot, folder, name);
  for (const extension of EXTENSIONS) {
    const found = file + extension;
    if (!fs.existsSync(found)) continue;
    const isModule = extension === ".mjs" || (extension === ".js" && isModuleFolder(path.dirname(file)));
    const loaded = knowsCallbacks && !isModule ? require(found) : await import(pathToFileURL(found));
    if (loaded) return loaded;
  }
  const paths = [taskRoot, knowsCallbacks ? folder : path.join(taskRoot, folder)];
  return require(require.resolve(name, { paths }));
}

/** What the names lead to, one within the other. */
function member(value, names) {
  const isOpen = (found) => found && (knowsCallbacks || typeof found === "object");
  return names.split(".").reduce((found, name) => (isOpen(found) ? found[name] : undefined), value);
}

function importError(error) {
  if (error instanceof SyntaxError) {
    return runtimeError("UserCodeSyntaxError", String(error), knowsCallbacks ? {} : { stack: error.stack });
  }
  return error?.code === "MODULE_NOT_FOUND" ? runtimeError("ImportModuleError", String(error)) : error;
}

/** The function that `_HANDLER` names. */
async function loadHandler(handler) {
  if (handler.includes("..")) {
    const message = `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`;
    throw runtimeError("MalformedHandlerName", message);
  }
  const last = path.basename(handler);
  const folder = handler.slice(0, handler.indexOf(last));
  const [, file, names] = /^([^.]*)\.(.*)$/.exec(last) ?? [];
  if (names === undefined) throw runtimeError("MalformedHandlerName", "Bad handler");
  let loaded;
  try {
    loaded = await loadModule(folder, file);
  } catch (error) {
    throw importError(error);
  }
  let found = member(loaded, names);
  if (!found && !knowsCallbacks && typeof loaded === "object") found = member(loaded.default, names);
  if (!found) throw runtimeError("HandlerNotFound", `${handler} is undefined or not exported`);
  if (typeof found !== "function") throw runtimeError("HandlerNotFound", `${handler} is not a function`);
  const isStreaming = streams(found);
  if (!knowsCallbacks && !isStreaming && found.length >= 3) {
    throw runtimeError("CallbackHandlerDeprecated", NO_CALLBACKS);
  }
  return [found, isStreaming];
}

/** The path of AWS's own client in the function's package, where its native part loads here. */
function official() {
  try {
    const found = createRequire(path.join(taskRoot, "package.json")).resolve("aws-lambda-ric");
    createRequire(found)("./rapid-client.node");
    return found;
  } catch {
    return undefined;
  }
}

function setUpGlobals() {
  if (["1", "true"].includes(environment.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
  const store = knowsCallbacks ? {} : { InvokeStore: new InvokeStore() };
  globalThis.awslambda = { ...store, ...globalThis.awslambda, ...awslambda };
}

async function main() {
  const [folders] = process.argv.splice(2);
  environment.NODE_PATH ??= [folders, taskRoot].filter(Boolean).join(path.delimiter);
  module._initPaths();
  importFromNodePath();
  const client = official();
  if (client) {
    const { run } = await import(pathToFileURL(client));
    // Version 4 runs by being imported.
    await run?.(taskRoot, environment._HANDLER);
    return;
  }
  setUpGlobals();
  setUpConsole();
  const api = new RuntimeApi(environment.AWS_LAMBDA_RUNTIME_API);
  if (knowsCallbacks) {
    const runtime = new Runtime(api);
    runtime.start(...(await loadHandler(environment._HANDLER)));
    return;
  }
  if (!environment._HANDLER) throw runtimeError("PlatformError", "_HANDLER environment variable is not set");
  let loaded;
  try {
    loaded = await loadHandler(environment._HANDLER);
  } catch (error) {
    logError("Init Error", error);
    api.failInit(error);
    throw error;
  }
  serve(api, ...loaded);
}

if (knowsCallbacks) await main();
else main();
