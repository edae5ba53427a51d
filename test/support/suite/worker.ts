import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { fileTests } from './file-tests.ts'

// A process that runs test files one after the other, each as a subtest with the name of the file. It asks the process that
// started it for each file.

const besides = (name: string) => new URL(name, import.meta.url).href

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier === 'async-hook-domain') return { url: besides('domain.ts'), shortCircuit: true }
    if (specifier === 'tap' && context.parentURL?.endsWith('.test.ts'))
      return {
        url: `${besides('tap-of-file.ts')}?${encodeURIComponent(context.parentURL)}`,
        shortCircuit: true,
      }
    return nextResolve(specifier, context)
  },
})

// Fastify looks for each plugin without a name among all modules that are loaded, which takes up to 4 % of the time of tests.
Object.defineProperty(Function.prototype, Symbol.for('fastify.display-name'), {
  value: 'plugin',
  writable: true,
})

const { default: t } = await import('tap')
t.setTimeout(0)
// With a teardown of its own, the process would end its tests as soon as none runs, although it may be given more files.
t.teardown = t.after.bind(t)
// Tap removes the folder of a test before the teardowns that were added later, so while servers still create files in it.
t.beforeEach(t => t.teardown(() => {}))

/** Milliseconds. */
const timeout = Number(process.env.TAP_TIMEOUT) * 1000

async function runFile(file: string) {
  const url = pathToFileURL(file).href
  let isStarted = false
  // The file is named, so the place of this call would not help.
  await t.test(file, { timeout, at: null, stack: '' }, async t => {
    isStarted = true
    fileTests.add(url, t)
    await import(url)
  })
  // An error outside the files, or a timeout, has ended the tests of this process.
  if (!isStarted) process.exit(1)
}

function askForNext() {
  // Tap lets the process end, and so its tests, although it waits for a message.
  process.channel?.ref()
  process.send?.('next')
}

const exit = () => process.exit(1)
process.once('disconnect', exit)
process.on('message', async ({ file }: { readonly file?: string }) => {
  if (file !== undefined) {
    await runFile(file)
    return askForNext()
  }
  // Now whatever a test left open keeps the process running. The other process reports that.
  process.off('disconnect', exit)
  process.disconnect()
  t.end()
})
askForNext()
