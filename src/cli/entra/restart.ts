import type { Command } from 'commander'
import { sessionOf } from '../session.ts'
import { settingsOf } from './job-flags.ts'
import { openJob } from './open-job.ts'

export type RestartOptions = { readonly full?: boolean }

/** `scimulator entra restart`: the next cycle is an initial one. */
export async function restart({ full = false }: RestartOptions, command: Command): Promise<void> {
  const opened = await openJob(settingsOf(command, []))
  try {
    // Whether the target is still the same shows in the next cycle, which reads everybody.
    delete opened.state.tenantUrl
    await opened.job.restart({ full })
    const what = full
      ? 'Watermark, escrows, quarantine and links are'
      : 'Watermark, escrows and quarantine are'
    sessionOf(command).show(opened.job.status(), `${what} cleared: the next cycle is an initial one.\n`)
  } finally {
    await opened.close()
  }
}
