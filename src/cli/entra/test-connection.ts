import type { Command } from 'commander'
import { memoryStore } from '../../entra/job-state.ts'
import { noLog } from '../../entra/log-file.ts'
import { sessionOf } from '../session.ts'
import { printable } from '../words.ts'
import { settingsOf } from './job-flags.ts'
import { jobOf } from './open-job.ts'

/** `scimulator entra test-connection`: the button of that name. Exit code 1 when the target is refused. */
export async function testConnection(_options: object, command: Command): Promise<void> {
  const settings = settingsOf(command, ['url', 'token'])
  const test = await jobOf(settings, memoryStore(), noLog).testConnection()
  sessionOf(command).show(
    test,
    test.ok
      ? 'The supplied credentials are authorized to enable provisioning.\n'
      : `${test.errorCode}: ${printable(test.message)}\n`,
  )
  process.exitCode = test.ok ? 0 : 1
}
