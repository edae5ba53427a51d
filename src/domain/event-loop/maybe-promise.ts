export type MaybePromise<Value> = Value | Promise<Value>

/**
 * Continues with a value: at once if it is known, otherwise when it is. Errors of `next` are thrown or rejected accordingly.
 * A chain of requests that need not wait takes no promise and no turn of the microtask queue.
 */
export const whenDone = <Value, Result>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Result>,
): MaybePromise<Result> => (value instanceof Promise ? value.then(next) : next(value))

export const whenAll = <Value>(values: readonly MaybePromise<Value>[]): MaybePromise<readonly Value[]> =>
  values.some(value => value instanceof Promise) ? Promise.all(values) : (values as readonly Value[])
