import type { Command } from 'commander'

type Grader = { readonly main: (args: readonly string[], called: string) => Promise<number> }

// It stands apart, so that it can't lean on anything of this server; a package brings it compiled.
const address = import.meta.url.endsWith('.ts')
  ? '../../scim-compliance/main.ts'
  : '../scim-compliance/main.js'

/** `scimulator check`: grades any SCIM server. Its options are its own. */
export function checkCommand(program: Command): void {
  program
    .command('check')
    .usage('URL [options]')
    .description('grade any SCIM server by its URL and a token')
    .argument('[args...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (_args, _options, command: Command) => {
      const { main }: Grader = await import(new URL(address, import.meta.url).href)
      process.exitCode = await main(command.args, 'scimulator check')
    })
}
