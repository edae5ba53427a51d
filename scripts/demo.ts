import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { tellStory } from './demo/story.ts'

/**
 * Starts a server in memory, plays Entra ID provisioning a sample directory to it, and says at each step what happened. Ends
 * with exit code 1 when a statement that it prints isn't true. `--keep` leaves server and console running until Ctrl-C.
 *
 *   npm run demo
 */
const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } })

const isTrue = await tellStory({
  write: text => process.stdout.write(text),
  ...(values.keep && { untilClosed: () => once(process, 'SIGINT') }),
})
process.exitCode = isTrue ? 0 : 1
