import type { Command } from 'commander'
import { wrongUse } from './cli-error.ts'
import type { Noun } from './noun.ts'

type Suite = { readonly main: (args: readonly string[], called: string) => Promise<number> }

// Loaded by URL: the suite is a package of its own, which the server does not import. The build compiles it.
const url = import.meta.url.endsWith('.ts')
  ? '../../../scim-compliance/main.ts'
  : '../../scim-compliance/main.js'

export const check: Noun = command => {
  command
    .usage('URL [options]')
    .argument('[args...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (_args, _options, command: Command) => {
      if (command.optsWithGlobals<{ readonly json?: true }>().json)
        throw wrongUse('Use --report json, or --report json=FILE, for a report as JSON.')
      const { main }: Suite = await import(new URL(url, import.meta.url).href)
      process.exitCode = await main(command.args, 'scimulator check')
    })
}
