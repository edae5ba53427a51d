import { openAsBlob } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, extname, join, relative, resolve, sep } from 'node:path'
import type { Input, Output } from '../../domain/contract/client.ts'
import { tarEnd, tarHeader, tarPadding } from '../../domain/tar.ts'
import { compact } from '../../scim/json.ts'
import { ImportError } from '../../traffic/aws-directory/directory.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { exportSample, liveFlags, saveLive } from './import-live.ts'
import { does, noun } from './noun.ts'
import { choices, text, toggle, type Values } from './options.ts'
import { formatCount, printable } from './output.ts'
import { ConnectionError, type Session } from './session.ts'
import { onServer } from './session-file.ts'
import { exportFlags } from './source-files.ts'

type Imported = Output<'POST /tenants/import'>
type Query = NonNullable<Input<'POST /tenants/import'>['query']>

const strictNames = ['status', 'members', 'orphans', 'complete'] as const

const flags = {
  id: text('id', 'ID of the tenant (default: ID of the identity store)'),
  working: toggle('Create a tenant that clients may change'),
  fitSwitches: toggle('Set the switches under which the profile accepts what AWS has'),
  ...exportFlags,
  strict: choices(strictNames, 'names', 'Exit with code 1 if this is unknown'),
  temporary: toggle('Use a server in memory, even if one is running'),
  live: toggle('Read AWS with your own credentials, which must only allow reading'),
  ...liveFlags,
  printScript: toggle('Print a shell script that exports a directory'),
  powershell: toggle('Print the script for PowerShell (with --print-script)'),
  printPolicy: toggle('Print the IAM policy that an export needs'),
}

const mediaType = 'application/octet-stream'

type Given = Values<typeof flags> & { readonly path: string | undefined }

async function importExport(given: Given, session: Session): Promise<void> {
  const { path, live, printScript, powershell, printPolicy, strict = [], temporary, ...others } = given
  if (printScript || printPolicy) {
    const kind = printPolicy ? 'policy' : powershell ? 'powershell' : 'script'
    process.stdout.write(await exportSample(kind))
    return
  }
  if ((path === undefined) === (live === undefined)) {
    throw wrongUse('Name a folder or an archive, or read AWS with --live.')
  }
  const { profile, region, save, maxRps, yes, ...options } = others
  const { instance } = options
  const folder = path ?? (await saveLive({ profile, region, save, maxRps, yes, instance }).catch(asWrongUse))
  const body = await readExport(folder)
  const query = { ...toQuery(options), name: basename(resolve(folder)).slice(0, 200) }
  await onServer(temporary, session, async (api, console) => {
    const imported = await api.patient('POST /tenants/import', { query, body }).catch(asWrongUse)
    const isDefault = session.console.isDefault && console === session.console.url
    session.show(imported, describe(imported, isDefault ? '' : ` --console ${console}`))
    const missing = imported.result.unknown.filter(({ id }) => strict.some(name => id.startsWith(`${name}-`)))
    if (missing.length > 0) throw new CliError(missing.map(({ text }) => printable(text)).join(' '))
  })
}

/** Exit code 2 for what AWS or the server refused. */
const asWrongUse = (error: unknown): never => {
  const isRefused =
    error instanceof ImportError || (error instanceof CliError && !(error instanceof ConnectionError))
  throw isRefused ? wrongUse(error.message) : error
}

const toQuery = (options: object): Query =>
  Object.fromEntries(
    Object.entries(compact(options)).map(([name, value]) => [name, value === true ? 'true' : value]),
  )

/** A folder as a compressed tar file: it may be larger than the limit of an upload. */
async function readExport(path: string): Promise<Blob> {
  try {
    if (!(await stat(path)).isDirectory()) return await openAsBlob(path, { type: mediaType })
    const archive = new Blob(await tarParts(path))
    return await new Response(archive.stream().pipeThrough(new CompressionStream('gzip')), {
      headers: { 'content-type': mediaType },
    }).blob()
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw wrongUse(`Cannot read ${path} (${error.code}).`)
    throw error
  }
}

async function tarParts(folder: string): Promise<(Blob | Uint8Array<ArrayBuffer>)[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter(entry => entry.isFile() && extname(entry.name).toLowerCase() === '.json')
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
  if (files.length === 0) throw wrongUse(`${folder} has no JSON files.`)
  const parts = []
  for (const file of files) {
    const content = await openAsBlob(file)
    const name = relative(folder, file).replaceAll(sep, '/')
    parts.push(tarHeader(name, content.size), content, tarPadding(content.size))
  }
  return [...parts, tarEnd]
}

function describe({ tenant, result }: Imported, console: string): string {
  const { counts, finished, started, store, evidence, unknown, notes } = result
  const asOf = finished ?? started
  const only = (count: number, text: string) => (count > 0 ? ` (${count} ${text})` : '')
  const disabled = only(counts.disabledUsers, 'disabled')
  const orphaned = only(counts.orphanedAssignments, 'of deleted users and groups')
  const sections: readonly (readonly string[])[] = [
    [
      `Imported the AWS directory ${store}${asOf === undefined ? '' : ` as of ${asOf}`} as tenant ${tenant.id}${tenant.session ? ', read-only' : ''}.`,
      `${formatCount(counts.users, 'user')}${disabled}, ${formatCount(counts.groups, 'group')}, ${formatCount(counts.memberships, 'membership')}`,
      `${formatCount(counts.permissionSets, 'permission set')}, ${formatCount(counts.assignments, 'account assignment')}${orphaned}, ${formatCount(counts.accounts, 'account')}`,
    ],
    ['Unknown:', ...unknown.map(statement)],
    ['AWS has what the profile rejects:', ...evidence.map(statement)],
    ['Notes:', ...notes.map(note => `  ${note}`)],
    [`Read it with the AWS CLI: scimulator keys create --tenant ${tenant.id} --access read${console}`],
  ]
  return `${sections
    .filter(({ length }, at) => length > 1 || at === sections.length - 1)
    .map(lines => lines.map(printable).join('\n'))
    .join('\n\n')}\n`
}

type Evidence = Imported['result']['evidence'][number]

const statement = ({
  text,
  count,
  switch: id,
  value,
}: Pick<Evidence, 'text' | 'count' | 'switch' | 'value'>) =>
  `  ${text}${count > 0 ? ` (${count})` : ''}${id && value ? ` (${id}=${value})` : ''}`

export const importDirectory = noun([
  does(
    'aws [path]',
    'Import an AWS directory from a folder, a zip or a tar.gz file of what the AWS CLI printed, or live',
    {
      flags,
      help: '\nIf no server is running and --console is not set, a server in memory is started until Ctrl-C.\nExit code 1 if something of --strict is unknown, 2 if nothing was imported.',
    },
    importExport,
  ),
])
