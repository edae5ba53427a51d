import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { tellStory } from './demo/story.ts'

/**
 * Starts a server in memory, simulates Entra ID provisioning a sample directory, and reports each step. Exit code 1 if a
 * statement that it prints is not true. `--keep` leaves server and console running until Ctrl-C.
 *
 *   npm run demo
 */
const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } })

const isTrue = await tellStory({
  write: text => process.stdout.write(text),
  ...(values.keep && { untilClosed: () => once(process, 'SIGINT') }),
})
if (!values.keep) process.stdout.write('Look at it in the console: npm run demo -- --keep\n')
process.exitCode = isTrue ? 0 : 1
