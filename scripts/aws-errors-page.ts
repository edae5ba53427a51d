import { awsErrorTexts, type ErrorText } from './aws-error-texts.ts'
import { table } from './markdown-table.ts'

const names = [...new Set(awsErrorTexts.map(({ name }) => name))].sort()

const statusesOf = (texts: readonly ErrorText[]): string =>
  [...new Set(texts.map(({ status }) => status))].sort().join(', ')

const apis = [
  {
    api: 'scim',
    title: 'SCIM',
    found: 'in the `detail` of the response, and as `errorMessage` in CloudTrail',
  },
  { api: 'aws', title: 'Identity Store API, SSO Admin and STS', found: 'in the message of the response' },
] as const

const summaries: Readonly<Record<string, string>> = {
  AccessDeniedException: 'The credential is valid, but may not do this.',
  ConflictException: 'Another object already has a value that must be unique, or the object is in use.',
  ExpiredTokenException: 'The access key has expired.',
  IncompleteSignatureException: 'The `Authorization` header of a signed request lacks a part.',
  InternalServerException: 'The server failed. Retry the request; its log has the reason.',
  InvalidSignatureException: 'The signature does not match the request, or was made too early or too late.',
  MissingAuthenticationTokenException: 'The request is not signed.',
  RequestEntityTooLargeException: 'The body of the request is too large.',
  ResourceNotFoundException: 'The request names an object that does not exist.',
  SerializationException: 'The body of the request is not JSON of the expected shape.',
  ServiceQuotaExceededException: 'The request would exceed a quota.',
  ServiceUnavailableException: 'The database cannot be reached at present. Retry the request.',
  ThrottlingException: 'The client sends more requests per second than AWS accepts.',
  UnauthorizedException: 'The access token of the SCIM client is missing, unknown, expired or deleted.',
  UnknownOperationException: 'The request names no operation of the API.',
  UnrecognizedClientException: 'The access key does not exist, or a session token came with it.',
  ValidationException: 'The request is invalid: AWS changes nothing.',
}

const summaryOf = (name: string): string => {
  const summary = summaries[name]
  if (summary === undefined) throw new Error(`scripts/aws-errors-page.ts: describe ${name}`)
  return summary
}

const textSection = ({
  text,
  status,
  causes,
}: ErrorText) => `### ${text === '' ? 'Without a message' : literal(text)}

Status ${status}.
${causes.length === 0 ? '' : '\n'}${causes.map(({ id, text, remedy, page }) => `- ${describe(text, remedy)} [\`${id}\`](../${page})\n`).join('')}`

/** Markdown would read these characters of a message as markup. */
const literal = (text: string) => text.replaceAll(/[\\[\]*_<`]/g, '\\$&')

/** Titles of findings name a cause. Rules are sentences, which the request violated. */
const describe = (text: string, remedy: string) =>
  `${text.endsWith('.') ? `Violated rule: ${text}` : ended(text)}${remedy && ` **Remedy:** ${ended(remedy)}`}`

const ended = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)

const page = (name: string) => {
  const texts = awsErrorTexts.filter(one => one.name === name)
  const sections = apis.flatMap(({ api, title, found }) => {
    const own = texts.filter(one => one.api === api)
    return own.length === 0
      ? []
      : [`## ${title}\n\nThe text is ${found}.\n\n${own.map(textSection).join('\n')}`]
  })
  return `# ${name}: causes and remedies

${summaryOf(name)} [All errors](../aws-errors.md)

${sections.join('\n')}`
}

/** docs/aws-errors: a page for each name of an error. */
export const awsErrorPages = names.map(name => ({
  name,
  file: new URL(`../docs/aws-errors/${name}.md`, import.meta.url),
  text: page(name),
}))

/** docs/aws-errors.md: the index of these pages. */
export const awsErrorsPage = `# AWS errors

The errors of IAM Identity Center that Scimulator returns, each with its causes and remedies. \`npm run docs\` generates these pages from
\`src/profiles/aws\` and \`src/aws-api\`.

- A response of the SCIM endpoint has a status and a text, \`detail\`. CloudTrail’s event about the request has the name of the error.
- A response of the AWS APIs has the name and a message.
- The texts are AWS’s where AWS published them or a client recorded them, and Scimulator’s own otherwise: see
  [what is known about SCIM](aws-profile.md#errors). Words in upper case, such as \`ID\`, stand for values.

${table(
  ['error', 'meaning', 'status'],
  names.map(name => [
    `[\`${name}\`](aws-errors/${name}.md)`,
    summaryOf(name),
    statusesOf(awsErrorTexts.filter(one => one.name === name)),
  ]),
)}
`
