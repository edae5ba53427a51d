import { AsyncLocalStorage, AsyncResource, executionAsyncResource } from 'node:async_hooks'

type OnError = (error: unknown, origin: string) => void
type Unbound = (...args: readonly unknown[]) => unknown
type RunningTest = { readonly parent?: RunningTest }

const running = new AsyncLocalStorage<RunningTest>()
const domains = new WeakMap<RunningTest, Domain>()
let root: Domain | undefined

/**
 * Takes the place of tap's package `async-hook-domain`: an uncaught error fails the test that caused it, or if that has ended,
 * the test around it. The package follows each promise with async hooks, which takes up to a third of the time of tests that
 * send many requests.
 */
export class Domain {
  readonly onerror: OnError
  isDestroyed = false

  /** Tap creates the domain of a test in the scope of an async resource, in which it runs the test later. */
  constructor(onerror: OnError) {
    this.onerror = onerror
    const scope = executionAsyncResource()
    if (!isScopeOfTest(scope)) {
      root ??= this
      return
    }
    const { test } = scope
    domains.set(test, this)
    const enter = scope.runInAsyncScope as (...args: readonly unknown[]) => never
    // Without functions of its own, which would be in the stack of each failure.
    scope.runInAsyncScope = (run, thisArg, ...args) =>
      enter.call(scope, running.run, running, test, (run as Unbound).bind(thisArg), ...args)
  }

  destroy() {
    this.isDestroyed = true
  }
}

const isScopeOfTest = (scope: object): scope is AsyncResource & { readonly test: RunningTest } =>
  scope instanceof AsyncResource && 'test' in scope

function domainOf(test: RunningTest | undefined): Domain | undefined {
  if (test === undefined) return root
  const domain = domains.get(test)
  return domain && !domain.isDestroyed ? domain : domainOf(test.parent)
}

process.on('uncaughtExceptionMonitor', (error, origin) => {
  // A test handles it.
  if (process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()) return
  const domain = domainOf(running.getStore())
  if (domain === undefined) return
  domain.onerror(error, origin)
  process.setUncaughtExceptionCaptureCallback(() => process.setUncaughtExceptionCaptureCallback(null))
})
