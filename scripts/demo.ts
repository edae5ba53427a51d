import { tellStory } from './demo/story.ts'

/**
 * Starts a server in memory, has Entra provision Springfield to it, and says at each step what happened. Ends with exit
 * code 1 when something that it says isn't so.
 *
 *   npm run demo
 */
process.exitCode = (await tellStory({ write: text => process.stdout.write(text) })) ? 0 : 1
