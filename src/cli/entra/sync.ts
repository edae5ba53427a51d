import type { Command } from 'commander'
import { wrongUse } from '../cli-error.ts'
import { readDuration } from '../duration.ts'
import { printableJson } from '../words.ts'
import { interruption } from './interruption.ts'
import { settingsOf } from './job-flags.ts'
import { type CycleWish, cycleInWords, isClean, oneCycle } from './one-cycle.ts'
import { type OpenJob, openJob, orCliError } from './open-job.ts'
import { sourceAt } from './source.ts'
import { watch } from './watch.ts'

export type SyncOptions = {
  readonly watch?: true
  readonly every?: string
  readonly fast?: true
  readonly for?: string
  readonly now?: true
  readonly allowDeletions?: true
}

/** `scimulator entra sync`: one cycle, or one after another. Exit code 1 when something is left undone. */
export async function sync(options: SyncOptions, command: Command): Promise<void> {
  const settings = settingsOf(command, ['url', 'token', 'directory'])
  const timing = timingOf(options)
  const { json = false } = command.optsWithGlobals<{ json?: true }>()
  const source = sourceAt(settings.directory)
  const directory = await source()
  const opened = await openJob(settings)
  const signal = interruption(() => {
    process.stderr.write(
      '\nscimulator: ending when the requests under way are answered; Ctrl-C again ends at once\n',
    )
  })
  try {
    if (options.allowDeletions) await opened.job.allowDeletions()
    const now = options.now === true || options.allowDeletions === true
    const order = { directory, signal, now, silent: json }
    const isWell = timing
      ? await orCliError(watch(opened, { ...order, ...timing, source, json }))
      : await orCliError(once(opened, order, json))
    process.exitCode = isWell ? 0 : 1
  } finally {
    await opened.close()
  }
}

async function once(opened: OpenJob, wish: CycleWish, json: boolean): Promise<boolean> {
  const report = await oneCycle(opened, wish)
  process.stdout.write(json ? `${printableJson(report, 2)}\n` : cycleInWords(report, opened))
  return isClean(report)
}

function timingOf({ watch, every = '40m', fast, for: span }: SyncOptions) {
  if (!watch && (fast || span !== undefined))
    throw wrongUse('--fast and --for belong to --watch: give it, too.')
  if (!watch) return undefined
  const period = readDuration(every)
  if (period === 0) throw wrongUse('--every has to be longer than nothing.')
  return { every: period, fast: fast === true, span: span === undefined ? undefined : readDuration(span) }
}
