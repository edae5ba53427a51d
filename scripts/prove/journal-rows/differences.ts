import type { Row } from './rows.ts'

/**
 * Rows that are different on purpose: what the journal recorded at `since`, and records now. A difference that no request shows any
 * more fails the proof.
 */
export type Difference = {
  readonly name: string
  readonly reason: string
  /** The expected row, from that of the earlier version; undefined where the difference does not apply. */
  expect(before: Row, row: Row): Row | undefined
}

/** The commit whose rows today's rows are compared with. */
export const since = 'd9a1c0a6'

type Details = {
  readonly refusal?: string
  readonly rule?: string
  readonly token?: object
  readonly credential?: object
  readonly replayOf?: string
  readonly parent?: string
  readonly profile?: string
  readonly request: Part
  readonly response: Part
}
type Part = { readonly headers: Readonly<Record<string, string>>; readonly cutFrom?: number | undefined }

const detailsOf = (row: Row): Details => row.details as Details
const textOf = (row: Row, column: string): string => String(row[column] ?? '')

/** The row with members of the other one, for what cannot be derived. */
const take = (before: Row, row: Row, ...columns: readonly string[]): Row => {
  const { ...result } = before as Record<string, unknown>
  for (const column of columns) {
    if (row[column] === undefined) delete result[column]
    else result[column] = row[column]
  }
  return result
}

const takeDetails = (before: Row, row: Row, ...names: readonly (keyof Details)[]): Row => ({
  ...before,
  details: take(before.details as Row, row.details as Row, ...names),
})

const without = (row: Row, ...columns: readonly string[]): Row => take(row, {}, ...columns)

const withHeader = (row: Row, name: string, change: (value: string) => string): Row => {
  const details = detailsOf(row)
  const value = details.request.headers[name]
  if (value === undefined) return row
  const headers = { ...details.request.headers, [name]: change(value) }
  return { ...row, details: { ...details, request: { ...details.request, headers } } }
}

/** Refusals of valid credentials. */
const refusalsOfValid: readonly (string | undefined)[] = [
  undefined,
  'read-only',
  'insufficient-scope',
  'other-tenant',
]
/** Reasons for which a request to an AWS API is rejected before its body is read. */
const invalidKeys: readonly (string | undefined)[] = [
  'missing',
  'unknown',
  'deleted',
  'malformed-signature',
  'unreadable',
]

/** The characters of a response to a list or search that are stored. */
const listLength = 16_384

/** The bytes of a form that is stored as a whole. */
const longForm = 64 * 1024

/** Bytes of a row besides its longest texts. */
const overhead = 512

const displays = /,"display":"(?:[^"\\]|\\.)*"|"display":"(?:[^"\\]|\\.)*",/g
const withoutDisplays = (text: string) => text.replaceAll('\\"', '"').replace(displays, '')

export const differences: readonly Difference[] = [
  {
    name: 'no valid credentials',
    reason: 'A column marks requests that anybody can send: they have a share of the journal of their own.',
    expect(before, row) {
      // The server cannot know what was sent.
      if (row.url === '?') return undefined
      const { refusal, token, credential, replayOf } = detailsOf(row)
      const isValid = refusalsOfValid.includes(refusal)
      // Whether the key of a request to an AWS API was verified is not in its row.
      if (row.api !== undefined && isValid && Number(row.status) >= 400)
        return take(before, row, 'unauthenticated')
      const isKnown =
        token !== undefined || credential !== undefined || replayOf !== undefined || row.api !== undefined
      return isValid && isKnown ? undefined : { ...before, unauthenticated: 1 }
    },
  },
  {
    name: 'sizes',
    reason: 'A column has about the bytes of a row, for the limit of the journal in bytes.',
    expect: (before, row) => {
      const isReplaced = /\ufffd/.test(
        textOf(row, 'request_body') + textOf(row, 'response_body') + textOf(row, 'url'),
      )
      // PostgreSQL stores a longer character in the place of U+0000.
      return { ...before, overhead: isReplaced ? row.overhead : overhead }
    },
  },
  {
    name: 'displays of members',
    reason: 'The display that a client sends for a member is stored, and wins over the name of the member.',
    expect(before, row) {
      const [old, now] = [textOf(before, 'response_body'), textOf(row, 'response_body')]
      if (old === now || !old.includes('"members')) return undefined
      const isCut = detailsOf(row).response.cutFrom !== undefined
      const [shown, expected] = [withoutDisplays(now), withoutDisplays(old)]
      const isSame = isCut ? expected.startsWith(shown.slice(0, -500)) : expected === shown
      return isSame ? takeDetails(take(before, row, 'response_body'), row, 'response') : undefined
    },
  },
  {
    name: 'mutability of displays',
    reason: 'The schema says that the display of a member can be sent.',
    expect: before =>
      detailsOf(before).profile === 'rfc'
        ? {
            ...before,
            ...replaced(
              before,
              'response_body',
              /("mutability":)"readOnly"(,"returned":"default","uniqueness":"none"\}\],"multiValued":true,"description":"The members of the group\.")/,
              '$1"immutable"$2',
            ),
          }
        : undefined,
  },
  {
    name: 'failOnErrors',
    reason: 'A bulk request may have 0 for "any number of errors".',
    expect: before => ({
      ...before,
      ...replaced(
        before,
        'response_body',
        'Omit it to try every operation.',
        'Omit it, or send 0, to try every operation.',
      ),
    }),
  },
  {
    name: 'metadata of the token endpoint',
    reason: 'What is not found beside the token endpoint names the address of its metadata.',
    expect: before => ({
      ...before,
      ...replaced(
        before,
        'response_body',
        'nothing else is supported.',
        'its metadata are at /.well-known/oauth-authorization-server/{tenant}.',
      ),
    }),
  },
  {
    name: 'link to metadata',
    reason: 'ServiceProviderConfig links the metadata of the token endpoint.',
    expect(before, row) {
      const now = textOf(row, 'response_body')
      const link = /,"documentationUri":"[^"]*\/\.well-known\/oauth-authorization-server\/[^"]+"/
      const isLinked = link.test(now) && now.replace(link, '') === textOf(before, 'response_body')
      return isLinked ? take(before, row, 'response_body') : undefined
    },
  },
  {
    name: 'lists',
    reason: 'Of the response to a list or search, the first 16,384 characters are stored.',
    expect(before, row) {
      const body = textOf(before, 'response_body')
      const isList = row.results !== undefined || ['list', 'search'].includes(String(row.operation))
      if (!isList || row.api !== undefined || body.length <= listLength) return undefined
      const details = detailsOf(before)
      // What is stored and the length are those of the response before credentials were removed from it.
      const isMasked = /\*\*\*|…/.test(body)
      const stored = isMasked ? Math.max(listLength - 1024, textOf(row, 'response_body').length) : listLength
      const length = isMasked ? detailsOf(row).response.cutFrom : Buffer.byteLength(body)
      const response = { ...details.response, cutFrom: details.response.cutFrom ?? length }
      return { ...before, response_body: body.slice(0, stored), details: { ...details, response } }
    },
  },
  {
    name: 'forms at token endpoints',
    reason:
      'Any parameter may hold a secret by mistake: of the request to a token endpoint, only the names of parameters are stored.',
    expect(before, row) {
      if (
        before.request_body === undefined ||
        !/^\/[^/]*\/(?:oauth2|\.well-known)/.test(textOf(before, 'url'))
      )
        return undefined
      const summary = textOf(row, 'request_body')
      const isSummary =
        summary === '(Withheld: it is not a form.)' ||
        /^(?:[\w.-]{1,40}=)?\*\*\*(?:&(?:[\w.-]{1,40}=)?\*\*\*)*$/.test(summary)
      return isSummary ? takeDetails(take(before, row, 'request_body'), row, 'request') : undefined
    },
  },
  {
    name: 'bodies without a valid access key',
    reason: 'A request to an AWS API without a valid access key is rejected before its body is read.',
    expect(before, row) {
      const { refusal } = detailsOf(row)
      if (before.api === undefined || row.request_body !== undefined || before.request_body === undefined)
        return undefined
      // Another error came first.
      if (refusal === undefined)
        return row.unauthenticated === 1 ? without(before, 'request_body') : undefined
      if (row.operation !== 'rejected' || !invalidKeys.includes(refusal)) return undefined
      const rejected = take(
        without(before, 'request_body'),
        row,
        'status',
        'operation',
        'action',
        'response_body',
      )
      const named = take(rejected, row, ...(row.api === 'sts' ? ['api', 'api_operation'] : []))
      const more = [
        'target_type',
        'target_id',
        'target_label',
        'enabled',
        'results',
        'members_added',
        'members_removed',
      ]
      const taken = takeDetails(without(named, ...more), row, 'refusal', 'rule', 'response')
      // The order of the members is that of the new row.
      const members = detailsOf(taken) as unknown as Row
      const order = Object.keys(detailsOf(row)).filter(name => name in members)
      return order.length === Object.keys(members).length
        ? { ...taken, details: Object.fromEntries(order.map(name => [name, members[name]])) }
        : taken
    },
  },
  {
    name: 'secret in the place of a key',
    reason: 'A secret access key is masked where its id belongs.',
    expect(before, row) {
      const shown = /(?<=\bCredential=)\*\*\*….{0,4}(?=\/\d{8}\/)/.exec(
        detailsOf(row).request.headers.authorization ?? '',
      )?.[0]
      if (shown === undefined) return undefined
      const masked = withHeader(before, 'authorization', value =>
        value.replace(/(?<=\bCredential=)[^/]+(?=\/)/, shown),
      )
      return before.access_key === undefined ? masked : { ...masked, access_key: shown }
    },
  },
  {
    name: 'keys of Azure Functions',
    reason: 'The header x-functions-key is masked.',
    expect: (before, row) => {
      const shown = detailsOf(row).request.headers['x-functions-key'] ?? ''
      return /^(?:\*\*\*|.{0,8}…|….{4}|\*\*\*….{4})$/.test(shown)
        ? withHeader(before, 'x-functions-key', () => shown)
        : undefined
    },
  },
  {
    name: 'parameters with signatures and codes',
    reason: 'Signatures, authorization codes and keys in URLs are masked, also behind `amp;`.',
    expect(before, row) {
      const named =
        /^[?&#]?(?:amp;[\w%-]+|(?:x-(?:amz|goog)-)?signature|sig|code|(?:x-)?(?:functions|subscription)[_-]?key)=(?:\*\*\*|(?:%E2%80%A6|…).{0,12})$/i
      const isMasked = (column: string) => {
        const [olds = [], news = []] = [before, row].map(one => textOf(one, column).split(/(?=[?&#])/))
        return olds.length === news.length && news.every((part, at) => part === olds[at] || named.test(part))
      }
      return take(before, row, ...['url', 'request_body'].filter(isMasked))
    },
  },
  {
    name: 'long forms',
    reason: 'Of a form, only whole parameters at its beginning are masked and stored.',
    expect(before, row) {
      const [old, now] = [textOf(before, 'request_body'), textOf(row, 'request_body')]
      const { cutFrom = 0 } = detailsOf(row).request
      const isWhole = old.startsWith(`${now}&`) && !old.startsWith('{')
      return cutFrom >= longForm && isWhole
        ? takeDetails(take(before, row, 'request_body'), row, 'request')
        : undefined
    },
  },
  {
    name: 'single values in arrays',
    reason: 'An error names the only element of an array, which the profile accepts in the place of a value.',
    expect: (before, row) =>
      row.status === 400
        ? {
            ...before,
            ...replaced(
              before,
              'response_body',
              /(\.value must be a string, but is an )array(?=\.)/,
              textOf(row, 'response_body').includes('but is an object.') ? '$1object' : '$1array',
            ),
          }
        : undefined,
  },
  {
    name: 'instances of IAM Identity Center',
    reason: 'Their descriptions have the members that AWS has added.',
    expect(before, row) {
      const [old, now] = [textOf(before, 'response_body'), textOf(row, 'response_body')]
      if (
        !/^(?:List|Describe)Instances?$/.test(textOf(row, 'api_operation')) ||
        !isWholeObject(old) ||
        !isWholeObject(now)
      )
        return undefined
      const [known, all] = [membersOf(JSON.parse(old)), membersOf(JSON.parse(now))]
      return known.every(member => all.includes(member)) ? take(before, row, 'response_body') : undefined
    },
  },
  {
    name: 'bodies without signature verification',
    reason:
      'Of the body of a request to an AWS API, 4,096 characters are stored if signatures are not verified.',
    expect(before, row) {
      const [old, now] = [textOf(before, 'request_body'), textOf(row, 'request_body')]
      const { cutFrom } = detailsOf(row).request
      const isFull = now.length === 4096 || (now.length < 4096 && now.includes('***'))
      const isBeginning = cutFrom !== undefined && isFull && old.startsWith(now.slice(0, 4000))
      return row.api !== undefined && isBeginning
        ? takeDetails(take(before, row, 'request_body'), row, 'request')
        : undefined
    },
  },
]

/** Rows that PostgreSQL stores in another way than SQLite. */
export const postgresDifferences: readonly Difference[] = [
  {
    name: 'U+0000',
    reason: 'PostgreSQL cannot store it, so U+FFFD is stored.',
    expect: before => ({
      ...before,
      ...replaced(before, 'request_body', /\0/g, '\ufffd'),
      ...replaced(before, 'response_body', /\0/g, '\ufffd'),
    }),
  },
]

const isWholeObject = (text: string): boolean => text.startsWith('{') && text.endsWith('}')

const membersOf = (value: object): readonly string[] =>
  Object.entries(value).flatMap(([name, one]) =>
    typeof one === 'object' && one !== null ? membersOf(one) : [`${name}: ${one}`],
  )

function replaced(row: Row, column: string, search: RegExp | string, text: string): Row {
  const value = row[column]
  return typeof value === 'string' ? { [column]: value.replace(search, text) } : {}
}

/** Metrics that one version has: of the size of the journal, and of bodies that are not read without a valid access key. */
export const changedSeries: readonly RegExp[] = [
  /^scimulator_journal_bytes$/,
  /^scimulator_rule_rejections_total\{tenant="",rule="aws-api\//,
]
