import type { CausingRequest, SentencePart, Why, WhyReason } from '../../domain/contract/why.ts'

type Facts = Pick<Why, 'subject' | 'since' | 'reason' | 'requests' | 'state'>

export const toParts = (facts: Facts): SentencePart[] => [
  ...beginning(facts),
  ...ending(facts),
  { text: '.' },
]

export const toSentence = (parts: readonly SentencePart[]): string => parts.map(({ text }) => text).join('')

/** To the minute, in UTC: `2026-11-24 09:55 UTC`. */
const timePart = (at: string): SentencePart => ({ text: `${at.slice(0, 16).replace('T', ' ')} UTC`, at })

const plain = (text: string): SentencePart => ({ text })

const leadingWords: Readonly<Record<WhyReason['kind'], string>> = {
  created: 'Created',
  'created-disabled': 'Created as disabled',
  enabled: 'Enabled again',
  'left-last-group': 'Disabled',
  disabled: 'Disabled',
  deleted: 'Deleted',
  purged: 'Purged',
  refused: 'Never existed',
  'no-request': 'Never existed',
  'not-recorded': 'Unchanged in the recorded history',
}

const ownEffects: readonly CausingRequest['effect'][] = [
  'created',
  'enabled',
  'disabled',
  'deleted',
  'purged',
]

function beginning({ reason, since, requests }: Facts): SentencePart[] {
  const own = requests.findLast(({ effect, at }) => ownEffects.includes(effect) && at === since)
  const exchange = own?.recorded ? own.exchange : undefined
  const words = { text: leadingWords[reason.kind], ...(exchange !== undefined && { exchange }) }
  if (since === undefined || reason.kind === 'refused') return [words]
  return [words, plain(' on '), timePart(since)]
}

function ending({ reason, subject, requests, since }: Facts): SentencePart[] {
  const own = requests.findLast(({ effect }) => ownEffects.includes(effect))
  switch (reason.kind) {
    case 'left-last-group':
      return reason.deleted
        ? [
            plain(' because '),
            ...listOf(reason.groups),
            plain(
              `, the ${onlyOrAll(reason.groups)} of ${subject.display}, ${reason.groups.length === 1 ? 'was' : 'were'} deleted in the same cycle`,
            ),
          ]
        : [
            plain(` because ${subject.display} left `),
            ...listOf(reason.groups),
            plain(`, the ${onlyOrAll(reason.groups)}, in the same cycle`),
          ]
    case 'disabled':
      return [
        ...by(own),
        ...(reason.memberOf.length === 0
          ? [plain(', without a change of groups')]
          : [plain(', still a member of '), ...listOf(reason.memberOf)]),
      ]
    case 'enabled':
      return [
        ...by(own),
        ...(reason.joined.length === 0 ? [] : [plain(' and added to '), ...listOf(reason.joined)]),
      ]
    case 'deleted':
      return [
        ...by(own),
        ...(reason.disabledSince === undefined
          ? []
          : [plain('; disabled since '), timePart(reason.disabledSince)]),
      ]
    case 'purged':
      return [
        ...by(own),
        ...(reason.deletedAt === undefined ? [] : [plain('; deleted on '), timePart(reason.deletedAt)]),
      ]
    case 'refused':
      return [
        plain(': '),
        { text: 'the creation', ...exchangeOf(requests.at(-1)) },
        plain(' was refused with status '),
        plain(`${reason.status}`),
        ...(since === undefined ? [] : [plain(' on '), timePart(since)]),
        ...(reason.detail === undefined ? [] : [plain(` (${reason.detail.replace(/\.$/, '')})`)]),
      ]
    case 'no-request':
      return [plain(`: no recorded request created “${subject.label}”`)]
    case 'created':
    case 'created-disabled':
      return by(own)
    case 'not-recorded':
      return []
  }
}

const onlyOrAll = (groups: readonly unknown[]): string => (groups.length === 1 ? 'only group' : 'only groups')

const exchangeOf = (request: CausingRequest | undefined) =>
  request?.recorded && request.exchange !== undefined ? { exchange: request.exchange } : {}

function by(request: CausingRequest | undefined): SentencePart[] {
  switch (request?.source) {
    case undefined:
      return []
    case 'console':
      return [plain(' at the console')]
    case 'import':
      return [plain(' at AWS, from which it was imported')]
    case 'identity-store':
      return [plain(` by the Identity Store API with access key ${request.accessKey}`)]
    case 'scim':
      return [
        plain(' by '),
        { text: request.method ?? 'a request', ...exchangeOf(request) },
        plain(' over SCIM'),
      ]
  }
}

const maxNamed = 3

type Group = {
  readonly id: string
  readonly type?: string | undefined
  readonly display?: string | undefined
}

function listOf(groups: readonly Group[]): SentencePart[] {
  const named = groups.slice(0, maxNamed).map(toNamed)
  const more = groups.length - named.length
  const items = more > 0 ? [...named, plain(`${more} more`)] : named
  return items.flatMap((item, at) => {
    if (at === 0) return [item]
    return [plain(at === items.length - 1 ? ' and ' : ', '), item]
  })
}

const toNamed = ({ id, type, display }: Group): SentencePart => ({
  text: display ?? id,
  ...(type !== undefined && { resource: { type, id } }),
})
