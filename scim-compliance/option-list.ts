import { formats } from './reports/index.ts'

export type Option = {
  readonly name: string
  /** What follows it, as help shows it; none for a switch. */
  readonly value?: string
  readonly says: string
  readonly repeats?: true
}

/** All options, in the order of the help. */
export const optionList: readonly Option[] = [
  { name: 'url', value: 'URL', says: 'the root of the SCIM server; may stand alone' },
  { name: 'token', value: 'TOKEN', says: 'the bearer token; better given as SCIM_TOKEN in the environment' },
  {
    name: 'header',
    value: '"NAME: VALUE"',
    says: 'sent with every request, for servers without a bearer token',
    repeats: true,
  },
  {
    name: 'as',
    value: 'SUITES',
    says: 'rfc, aws, entra or all, with commas; rfc,entra if nothing is said',
    repeats: true,
  },
  { name: 'only', value: 'ID', says: 'only checks whose id begins so: rfc/filter', repeats: true },
  { name: 'skip', value: 'ID', says: 'no checks whose id begins so', repeats: true },
  { name: 'list', says: 'show the checks that would be run, and run none' },
  { name: 'read-only', says: 'run only what writes nothing' },
  {
    name: 'with',
    value: '[TYPE=]FILE',
    says: 'JSON that resources of a type need besides their schema; {unique} in it is filled in',
    repeats: true,
  },
  {
    name: 'rate',
    value: 'NUMBER',
    says: 'requests a second at most, bursts excepted; default: 20, no limit (0) for a server on this machine',
  },
  { name: 'concurrency', value: 'NUMBER', says: 'checks at a time, 4 if nothing is said' },
  { name: 'timeout', value: 'SECONDS', says: 'how long an answer may take, 30 if nothing is said' },
  {
    name: 'retries',
    value: 'NUMBER',
    says: 'how often 429 and 503 are tried again, after waiting; 3 times 429 if nothing is said',
  },
  { name: 'insecure', says: 'take any certificate' },
  {
    name: 'report',
    value: 'FORMAT[=FILE]',
    says: 'reports, with commas: terminal,json=FILE; a lone format goes to standard output',
    repeats: true,
  },
  {
    name: 'fail-on',
    value: 'LEVEL',
    says: 'must, should, any or never: whose failures make exit code 1; must. Of rfc, or what --as names',
  },
  { name: 'min-score', value: 'PERCENT', says: 'a lower score makes exit code 1, too' },
  { name: 'known', value: 'FILE', says: 'failures that are put up with: [{ "id": …, "reason": … }]' },
  { name: 'baseline', value: 'FILE', says: 'an earlier JSON report, to show what has changed' },
  { name: 'quiet', says: 'show no progress' },
  { name: 'version', says: 'show the version' },
  { name: 'help', says: 'show this' },
]

const width = 28

/** The options as a table. */
export const helpText = (called: string): string =>
  [
    `Usage: ${called} URL [options]`,
    '',
    'Grades a SCIM server: which requirements it breaks, and what its clients would make of that.',
    '',
    ...optionList.map(({ name, value = '', says, repeats }) => {
      const flag = `  --${name} ${value}`.padEnd(width)
      return `${flag}${flag.length > width ? ' ' : ''}${says}${repeats ? ' (again for more)' : ''}`
    }),
    '',
    `Formats of reports: ${formats.join(', ')}.`,
    'Exit code 0: as good as asked for; 1: not so; 2: wrong use, or no whole run.',
    '',
  ].join('\n')
