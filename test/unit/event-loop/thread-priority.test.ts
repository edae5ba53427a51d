import { getPriority } from 'node:os'
import { Worker } from 'node:worker_threads'
import t from 'tap'

const module = new URL('../../../src/event-loop/thread-priority.ts', import.meta.url).href

t.test(
  'a thread with long work yields to the threads of requests',
  { skip: process.platform !== 'linux' },
  async t => {
    const before = getPriority()
    const thread = new Worker(
      `const { parentPort } = require('node:worker_threads')
    import(${JSON.stringify(module)}).then(({ lowerThreadPriority }) => {
      lowerThreadPriority()
      const id = Number(require('node:fs').readlinkSync('/proc/thread-self').split('/').pop())
      parentPort.postMessage(require('node:os').getPriority(id))
    })`,
      { eval: true },
    )
    const priority = await new Promise((resolve, reject) => {
      thread.once('message', resolve).once('error', reject)
    })
    t.same({ thread: priority, process: getPriority() }, { thread: Math.max(10, before), process: before })
  },
)
