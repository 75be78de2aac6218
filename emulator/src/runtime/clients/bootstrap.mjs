// Runs a Node.js function over the Lambda Runtime API.

import { existsSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const root = process.env.LAMBDA_TASK_ROOT;
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, resource, body, headers = {}) {
  return new Promise((resolve, reject) => {
    if (body !== undefined) headers["Content-Length"] = Buffer.byteLength(body);
    const target = `/2018-06-01/runtime/${resource}`;
    const request = http.request({ host, port, agent, method, path: target, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function report(resource, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const payload = {
    errorType: error.name,
    errorMessage: error.message,
    trace: (error.stack ?? "").split("\n"),
  };
  console.error(error.stack);
  await call("POST", resource, JSON.stringify(payload), { "Lambda-Runtime-Function-Error-Type": error.name });
}

async function load() {
  const handler = process.env._HANDLER;
  const dot = handler.indexOf(".", handler.lastIndexOf("/") + 1);
  const [file, name] = [path.join(root, handler.slice(0, dot)), handler.slice(dot + 1)];
  const found = ["", ".js", ".mjs", ".cjs"].map((extension) => file + extension).find(existsSync);
  if (!found) throw new Error(`Cannot find module '${path.basename(file)}'`);
  const module = await import(pathToFileURL(found));
  const handlerFunction = name.split(".").reduce((value, key) => value?.[key], { ...module.default, ...module });
  if (typeof handlerFunction !== "function") throw new Error(`${handler} is undefined or not exported`);
  return handlerFunction;
}

function context(headers, settle) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const clientContext = headers["lambda-runtime-client-context"];
  return {
    callbackWaitsForEmptyEventLoop: true,
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: clientContext ? JSON.parse(clientContext) : undefined,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: (error, value) => settle(error, value),
    fail: (error) => settle(error),
    succeed: (value) => settle(null, value),
  };
}

// A handler answers with a promise, or, where it returns nothing, through its callback or context.
function invoke(handler, event, headers) {
  return new Promise((resolve, reject) => {
    const settle = (error, value) => (error ? reject(error) : resolve(value));
    const returned = handler(event, context(headers, settle), settle);
    if (typeof returned?.then === "function") returned.then(resolve, reject);
    else if (returned !== undefined || handler.length < 3) resolve(returned);
  });
}

async function main() {
  let handler;
  try {
    handler = await load();
  } catch (error) {
    await report("init/error", error);
    process.exit(1);
  }
  for (;;) {
    const { headers, body } = await call("GET", "invocation/next");
    const id = headers["lambda-runtime-aws-request-id"];
    process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"] ?? "";
    try {
      const answer = await invoke(handler, JSON.parse(body), headers);
      await call("POST", `invocation/${id}/response`, JSON.stringify(answer ?? null));
    } catch (error) {
      await report(`invocation/${id}/error`, error);
    }
  }
}

let official;
try {
  official = createRequire(path.join(root, "package.json"))("aws-lambda-ric");
} catch {
  // It is not in the package: ours will do.
}
await (official ? official.run(root, process.env._HANDLER) : main());
