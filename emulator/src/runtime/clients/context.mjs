// What a handler is told beside its event: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html

import { knowsCallbacks, runtimeError } from "./errors.mjs";

const environment = process.env;

function parsed(headers, name, spoken) {
  const text = headers[name];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (knowsCallbacks) throw new Error(`Cannot parse ${spoken} as json: ${error}`);
    throw runtimeError("PlatformError", `Failed to parse ${name} as JSON: ${error.message}`);
  }
}

/** The fields of the context object but for those that answer. */
export function contextFields(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const names = {
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
  };
  const { functionName, functionVersion } = names;
  const ofFunction = {
    ...(knowsCallbacks ? { functionVersion, functionName } : names),
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
  };
  const ofInvocation = {
    clientContext: parsed(headers, "lambda-runtime-client-context", "ClientContext"),
    identity: parsed(headers, "lambda-runtime-cognito-identity", "CognitoIdentity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    tenantId: headers["lambda-runtime-aws-tenant-id"],
    ...(knowsCallbacks ? {} : { xRayTraceId: headers["lambda-runtime-trace-id"] }),
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  return knowsCallbacks ? { ...ofFunction, ...ofInvocation } : { ...ofInvocation, ...ofFunction };
}

/** Calls of the AWS SDK say what caused them. */
export function useTrace(headers) {
  delete environment._X_AMZN_TRACE_ID;
  const trace = headers["lambda-runtime-trace-id"];
  if (trace) environment._X_AMZN_TRACE_ID = trace;
}

/** Of the invocation in hand, for libraries: https://github.com/aws/aws-lambda-invoke-store */
export class InvokeStore {
  static PROTECTED_KEYS = {
    REQUEST_ID: Symbol.for("_AWS_LAMBDA_REQUEST_ID"),
    X_RAY_TRACE_ID: Symbol.for("_AWS_LAMBDA_X_RAY_TRACE_ID"),
    TENANT_ID: Symbol.for("_AWS_LAMBDA_TENANT_ID"),
  };
  #context;

  run(context, work) {
    this.#context = context;
    return work();
  }

  getContext() {
    return this.#context;
  }

  hasContext() {
    return this.#context !== undefined;
  }

  get(key) {
    return this.#context?.[key];
  }

  set(key, value) {
    if (Object.values(InvokeStore.PROTECTED_KEYS).includes(key)) {
      throw new Error(`Cannot modify protected Lambda context field: ${String(key)}`);
    }
    this.#context = { ...this.#context, [key]: value };
  }

  getRequestId() {
    return this.get(InvokeStore.PROTECTED_KEYS.REQUEST_ID) ?? "-";
  }

  getXRayTraceId() {
    return this.get(InvokeStore.PROTECTED_KEYS.X_RAY_TRACE_ID);
  }

  getTenantId() {
    return this.get(InvokeStore.PROTECTED_KEYS.TENANT_ID);
  }
}
