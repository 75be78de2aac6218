// From nodejs24.x on: what a handler returns or throws is the answer, at once or by a promise.

import { logError, logFor } from "./console.mjs";
import { InvokeStore, contextFields, useTrace } from "./context.mjs";
import { failStream, responseStream, streamed } from "./streaming.mjs";

const loopTurned = () => new Promise((resolve) => setImmediate(resolve));

/** Answers with the whole of what a handler gives. Its name stands in the stacks of errors, as on AWS. */
class BufferedInvokeProcessor {
  constructor(api, handler) {
    this.api = api;
    this.handler = handler;
  }

  async processInvoke(event, context) {
    try {
      const result = await this.handler(event, context);
      await loopTurned();
      this.api.answer(context.awsRequestId, result);
    } catch (error) {
      await loopTurned();
      logError("Invoke Error", error);
      this.api.fail(context.awsRequestId, error);
    }
  }
}

/** Answers with what a handler writes to its stream. */
class StreamingInvokeProcessor {
  constructor(handler) {
    this.handler = handler;
  }

  async processInvoke(event, context) {
    const { stream, taken } = responseStream(context.awsRequestId);
    try {
      await streamed(this.handler(event, stream, context), stream, taken);
    } catch (error) {
      await loopTurned();
      await failStream(stream, error);
      await taken.catch(() => {});
    }
  }
}

/** Serves one invocation after the other. */
export async function serve(api, handler, isStreaming) {
  const processor = isStreaming ? new StreamingInvokeProcessor(handler) : new BufferedInvokeProcessor(api, handler);
  const store = globalThis.awslambda?.InvokeStore ?? new InvokeStore();
  for (;;) {
    const { body, headers } = await api.next();
    const context = contextFields(headers);
    useTrace(headers);
    const event = JSON.parse(body);
    logFor(context.awsRequestId);
    const known = {
      [InvokeStore.PROTECTED_KEYS.REQUEST_ID]: context.awsRequestId,
      [InvokeStore.PROTECTED_KEYS.X_RAY_TRACE_ID]: context.xRayTraceId,
    };
    await store.run(known, () => processor.processInvoke(event, context));
  }
}
