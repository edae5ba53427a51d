import { CliError } from './cli-error.ts'
import { does, noun } from './noun.ts'

export const importDirectory = noun([
  does('aws <path>', 'Import an AWS directory as a tenant', {}, async () => {
    throw new CliError('Imports are not available.')
  }),
])
