export type NodeTest = {
  readonly name: string
  readonly filePath?: string | undefined
  after(hook: () => Promise<void>): void
}

export type VitestTest = {
  readonly task: {
    readonly name: string
    readonly file: { readonly name: string }
    readonly result?: { readonly state: string } | undefined
  }
  onTestFinished(hook: () => Promise<void>): void
}

export type RunningTest = {
  readonly name: string
  readonly file?: string | undefined
  onEnd(hook: (failed: boolean) => Promise<void>): void
}

/** Undefined if the value is not a test context of node:test or Vitest. */
export function toRunningTest(context: unknown): RunningTest | undefined {
  if ((typeof context !== 'object' && typeof context !== 'function') || context === null) return undefined
  if (isNodeTest(context)) {
    return {
      name: context.name,
      file: context.filePath,
      onEnd: hook => context.after(() => hook(!hasPassed(context))),
    }
  }
  if (isVitestTest(context)) {
    const { task } = context
    return {
      name: task.name,
      file: task.file.name,
      onEnd: hook => context.onTestFinished(() => hook(task.result?.state === 'fail')),
    }
  }
  return undefined
}

const isNodeTest = (context: object): context is NodeTest =>
  'after' in context && typeof context.after === 'function' && 'passed' in context

/** Set before the hooks run, and not in the types of Node.js. */
const hasPassed = (context: NodeTest) => 'passed' in context && context.passed === true

const isVitestTest = (context: object): context is VitestTest =>
  'onTestFinished' in context && typeof context.onTestFinished === 'function' && 'task' in context
