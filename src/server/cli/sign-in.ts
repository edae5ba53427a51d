import { readFile, stat } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import type { SignInCheck, SignInRuleResult, UserSignIn } from '../../domain/contract/sign-in-check.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { limitOption, listingCommand, tenantOption } from './options.ts'
import { formatTime, printable } from './output.ts'
import { createSession, list, resolveTenant } from './session.ts'
import { type Column, formatRecord, formatTable, type Tone } from './table.ts'

const verdicts = ['yes', 'at-risk', 'no'] as const
const statuses = ['active', 'disabled', 'retained', 'removed'] as const

const verdictTones: Readonly<Record<UserSignIn['verdict'], Tone>> = {
  yes: 'good',
  'at-risk': 'warning',
  no: 'error',
}

const columns: readonly Column<UserSignIn>[] = [
  { name: 'sign-in', of: ({ verdict }) => verdict, tone: ({ verdict }) => verdictTones[verdict] },
  { name: 'user', of: ({ name }) => name },
  { name: 'status', of: ({ status }) => status, isExtra: true },
  { name: 'rules', of: ({ issues }) => issues.map(({ rule }) => rule).join(', ') },
  { name: 'reason', of: ({ issues }) => issues.map(({ detail }) => detail).join(' ') },
]

/** `scimulator sign-in`: whether AWS would let users sign in. */
export function signInCommand(signIn: Command): void {
  listingCommand(
    signIn,
    'List users with the verdict from the directory, and the rules that they do not meet',
  )
    .addOption(tenantOption())
    .addOption(new Option('--verdict <verdict>', 'Filter by verdict').choices(verdicts))
    .addOption(new Option('--status <status>', 'Filter by status').choices(statuses))
    .option('--text <text>', 'Filter by part of the user name or display name')
    .addOption(limitOption(50))
    .action(listSignIn)
  signIn
    .command('check <file>')
    .description('Check a SAML response; exit code 1 if AWS would reject it')
    .addHelpText(
      'after',
      '\nThe file contains the value of the form field SAMLResponse (base64), of a redirect (deflated\nbase64), or XML; "-" reads standard input. Nothing is stored.',
    )
    .addOption(tenantOption())
    .option('--metadata <file>', 'Metadata of the identity provider')
    .option('--certificate <file>', 'Signing certificate of the identity provider (PEM or base64)')
    .option('--acs <url>', 'ACS URL of the IAM Identity Center instance')
    .option('--audience <url>', 'Issuer URL of the IAM Identity Center instance')
    .action(checkFile)
}

type ListOptions = {
  readonly tenant?: string
  readonly limit: number
  readonly verdict?: (typeof verdicts)[number]
  readonly status?: (typeof statuses)[number]
  readonly text?: string
}

async function listSignIn({ tenant, limit, ...query }: ListOptions, command: Command): Promise<void> {
  const session = createSession(command)
  const params = { tenant: await resolveTenant(session.api, tenant) }
  await list(
    session,
    'GET /tenants/:tenant/sign-in',
    { params, query },
    { limit, columns, nothing: `No matching users in tenant ${params.tenant}.` },
  )
}

type CheckOptions = {
  readonly tenant?: string
  readonly metadata?: string
  readonly certificate?: string
  readonly acs?: string
  readonly audience?: string
}

async function checkFile(
  file: string,
  { tenant, metadata, certificate, acs, audience }: CheckOptions,
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const body = {
    response: await readInput(file),
    ...(metadata !== undefined && { metadata: await readInput(metadata) }),
    ...(certificate !== undefined && { certificate: await readInput(certificate) }),
    ...(acs !== undefined && { acs }),
    ...(audience !== undefined && { audience }),
  }
  const params = { tenant: await resolveTenant(api, tenant) }
  const check = await api.call('POST /tenants/:tenant/sign-in/check', { params, body })
  show(check, formatCheck(check))
  const failed = check.results.filter(({ result }) => result === 'failed').map(({ rule }) => rule)
  if (failed.length > 0) throw new CliError(`Failed: ${failed.join(', ')}.`)
}

const maxFileBytes = 512 * 1024

async function readInput(file: string): Promise<string> {
  try {
    if (file === '-') return await readStandardInput()
    if ((await stat(file)).size > maxFileBytes) throw new Error('it is larger than 512 KiB')
    return await readFile(file, 'utf8')
  } catch (error) {
    throw wrongUse(`Cannot read ${file}: ${(error as Error).message}.`)
  }
}

async function readStandardInput(): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of process.stdin) {
    size += part.length
    if (size > maxFileBytes) throw new Error('it is larger than 512 KiB')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

const resultTones: Readonly<Record<SignInRuleResult['result'], Tone>> = {
  passed: 'good',
  failed: 'error',
  'not-checked': 'muted',
}

const resultColumns: readonly Column<SignInRuleResult>[] = [
  { name: 'rule', of: ({ rule }) => rule },
  {
    name: 'result',
    of: ({ result }) => (result === 'not-checked' ? 'not checked' : result),
    tone: ({ result }) => resultTones[result],
  },
  { name: 'detail', of: ({ detail }) => detail, shows: 'whole' },
]

function formatCheck(check: SignInCheck): string {
  const { outcome, user, cloudTrail, results } = check
  const failed = results.filter(({ result }) => result === 'failed')
  const record = formatRecord([
    ['result', outcome],
    ['NameID', check.nameId],
    ['issuer', check.issuer],
    ['user', user && `${user.name} (${user.id}, ${user.status})`],
    ['groups', user?.groups.map(({ display, id }) => display ?? id).join(', ')],
    ['certificate', check.certificate?.subject],
    ['expires', formatTime(check.certificate?.notAfter)],
    [
      'CloudTrail',
      cloudTrail && [cloudTrail.eventName, cloudTrail.outcome, cloudTrail.message].filter(Boolean).join(': '),
    ],
    ['page', check.page],
    ['tenant time', formatTime(check.at)],
    ['SHA-256', check.sha256],
  ])
  const remedies = failed.flatMap(({ rule, remedy, settings }) => [
    `${rule}: ${remedy}`,
    ...settings.map(({ identityProvider, setting }) => `  ${identityProvider}: ${setting}`),
  ])
  return [
    record,
    formatTable(resultColumns, results),
    ...(remedies.length > 0 ? [`Remedies\n${remedies.map(line => `${printable(line)}\n`).join('')}`] : []),
  ].join('\n')
}
