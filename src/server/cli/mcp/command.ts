import type { Noun } from '../noun.ts'
import { tenantOption } from '../options.ts'
import { createSession } from '../session.ts'
import { fillHelp } from '../table.ts'
import type { Defaults } from './server.ts'

const help = `
An assistant starts it, and asks for the overview, why a user is disabled, recorded requests and their
explanation, findings, a pre-flight or a rehearsal. It changes nothing, and may read what the console token may
read. Standard output is the protocol; errors go to standard error. docs/assistants.md has the configuration of
Claude, VS Code and Cursor.`

export const mcp: Noun = command => {
  command
    .addOption(tenantOption())
    .addHelpText('after', fillHelp(help))
    .option('--folder <folder>', 'Folder of exports that pre-flight and rehearsal may read')
    .action(async (defaults: Defaults) => {
      const { serveAssistant } = await import('./server.ts')
      serveAssistant(createSession(command), defaults)
    })
}
