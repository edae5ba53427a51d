import { readFile, stat } from 'node:fs/promises'
import type { SignInCheck, SignInRuleResult, UserSignIn } from '../../domain/contract/sign-in-check.ts'
import { wrongUse } from './cli-error.ts'
import { lists, noun, runs } from './noun.ts'
import { choice, text } from './options.ts'
import { formatTime, printable } from './output.ts'
import { type Column, formatRecord, formatTable, type Layout, type Tone } from './table.ts'

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

function formatCheck(check: SignInCheck, _called: unknown, layout: Layout): string {
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
    formatTable(resultColumns, results, layout),
    ...(remedies.length > 0 ? [`Remedies\n${remedies.map(line => `${printable(line)}\n`).join('')}`] : []),
  ].join('\n')
}

const maybeInput = (file: string | undefined) => (file === undefined ? undefined : readInput(file))

export const signIn = noun([
  lists(
    'list',
    'GET /tenants/:tenant/sign-in',
    'List users with the verdict from the directory, and the rules that they do not meet',
    {
      flags: {
        verdict: choice(['yes', 'at-risk', 'no'], 'Filter by verdict'),
        status: choice(['active', 'disabled', 'retained', 'removed'], 'Filter by status'),
        text: text('text', 'Filter by part of the user name or display name'),
      },
      columns,
      nothing: ({ tenant }) => `No matching users in tenant ${tenant}.`,
    },
  ),
  runs(
    'check <file>',
    'POST /tenants/:tenant/sign-in/check',
    'Check a SAML response; exit code 1 if AWS would reject it',
    {
      help: '\nThe file contains the value of the form field SAMLResponse (base64), of a redirect (deflated\nbase64), or XML; "-" reads standard input. Nothing is stored.',
      flags: {
        metadata: text('file', 'Metadata of the identity provider'),
        certificate: text('file', 'Signing certificate of the identity provider (PEM or base64)'),
        acs: text('url', 'ACS URL of the IAM Identity Center instance'),
        audience: text('url', 'Issuer URL of the IAM Identity Center instance'),
      },
      sends: async ({ file, metadata, certificate, acs, audience }) => ({
        response: await readInput(file),
        metadata: await maybeInput(metadata),
        certificate: await maybeInput(certificate),
        acs,
        audience,
      }),
      shows: formatCheck,
      fails({ results }) {
        const failed = results.filter(({ result }) => result === 'failed').map(({ rule }) => rule)
        return failed.length > 0 ? `Failed: ${failed.join(', ')}.` : undefined
      },
    },
  ),
])
