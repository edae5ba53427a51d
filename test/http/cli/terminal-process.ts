import { runCommand } from '../../../src/server/cli/commands.ts'

// Runs commands one after the other on the terminal that the test gives it. A line with a form feed follows each.
process.stdout.setMaxListeners(0)
const commands: readonly (readonly string[])[] = JSON.parse(process.argv[2] ?? '[]')
for (const args of commands) {
  await runCommand(args)
  process.stdout.write('\f\n')
}
process.exitCode = 0
