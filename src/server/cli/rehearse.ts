import { CliError } from './cli-error.ts'
import { program } from './noun.ts'
import { required, text } from './options.ts'

const flags = {
  client: required(text('name', 'Provisioning client: entra, okta, google, ssosync or idp-scim-sync')),
}

export const rehearse = program('rehearse <target> <source...>', { flags }, async () => {
  throw new CliError('Rehearsals are not available.')
})
