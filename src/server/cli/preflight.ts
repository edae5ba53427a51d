import type { Preflight } from '../../domain/contract/preflight.ts'
import { profileNames, profileTitles } from '../../profiles/names.ts'
import { program } from './noun.ts'
import { choice, count, type Values, withDefault } from './options.ts'
import { printableJson } from './output.ts'
import type { Session } from './session.ts'
import { mistakesIn, playFlags, readMappingOption, readSourceFiles, readSwitches } from './source-files.ts'
import { formatSection, type Layout } from './table.ts'

const flags = {
  mapping: playFlags.mapping,
  profile: withDefault(choice(profileNames, 'Service provider'), 'aws'),
  switch: playFlags.switch,
  scope: choice(['assigned', 'all'], 'Provision assigned users and groups only, or all'),
  memberBatchSize: count('number', 'Members per request (default: 1)', 1, 1000),
}

type PreflightFlags = Values<typeof flags>

async function check(paths: readonly string[], flags: PreflightFlags, session: Session): Promise<void> {
  const switches = await readSwitches(flags.switch, flags.profile)
  const mapping = await readMappingOption(flags.mapping)
  const { files, warnings } = await readSourceFiles(paths)
  const { PreflightError } = await import('../../insight/preflight/preflight-error.ts')
  const { preflightFiles } = await import('../../insight/preflight/preflight-files.ts')
  const { wouldFail } = await import('../../insight/preflight/preflight.ts')
  const result = await preflightFiles({
    files,
    now: Date.now(),
    profile: { name: flags.profile, switches },
    ...(mapping !== undefined && { mapping }),
    ...(flags.scope && { scope: flags.scope }),
    ...(flags.memberBatchSize !== undefined && { memberBatchSize: flags.memberBatchSize }),
  }).catch((error: unknown) => {
    if (!(error instanceof PreflightError)) throw error
    throw mistakesIn(error.mistakes.map(({ message }) => message))
  })
  const complete = { ...result, warnings: [...warnings, ...result.warnings] }
  process.stdout.write(
    session.json ? `${printableJson(complete, 2)}\n` : await formatPreflight(complete, session.layout),
  )
  if (wouldFail(result)) process.exitCode = 1
}

/** Rows of a table on a terminal. */
const maxRows = 20

async function formatPreflight(result: Preflight, layout: Layout): Promise<string> {
  const { preflightReport } = await import('../../domain/preflight-report.ts')
  const { profile, mapping, scope, failuresOmitted } = result
  return [
    `Pre-flight for ${profileTitles[profile]}; mapping: ${mapping}, scope: ${scope}.\n`,
    ...preflightReport(result, maxRows).map(section => formatSection(section, layout)),
    ...(failuresOmitted > 0 ? [`${failuresOmitted} more failures are not listed.\n`] : []),
  ].join('\n')
}

export const preflight = program(
  'preflight <files...>',
  {
    flags,
    help: '\nThe files are responses of Microsoft Graph, CSV files of the Microsoft Entra admin center, or a folder\nof such files. Without assignments in them, all users and groups are in scope. No server is needed.',
  },
  ({ files, ...given }, session) => check(files, given, session),
)
