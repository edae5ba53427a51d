import { sources, userGuide } from '../../../profiles/aws/sources.ts'
import { sources as sourcesOfRfc } from '../../../profiles/rfc/sources.ts'
import { groupType } from '../../../scim/core-schemas.ts'
import { isObject } from '../../../scim/json.ts'
import { isConvincing, type Product, productLabels } from '../../../scim/recognition/products.ts'
import { isTool } from '../../../scim/recognition/recognize.ts'
import { excerpt } from '../../../scim/text.ts'
import { type DiagnosisRule, type DiagnosisSubject, isUser, valuesAt } from './subject.ts'

const okta = 'https://developer.okta.com/docs/reference/scim/scim-20/'
const oktaGuide = `${userGuide}/okta-idp.html`
const pocketIdCode = 'https://github.com/pocket-id/pocket-id'
const authentikMembers = 'https://github.com/goauthentik/authentik/issues/23005'
const authentikCode = 'https://github.com/goauthentik/authentik/tree/main/authentik/providers/scim/clients'

export const isFrom = ({ client }: DiagnosisSubject, product: Product): boolean =>
  client !== undefined && isConvincing(client) && client.product === product

const addsThreshold = 2

const configReadsThreshold = 2

const isGroup = ({ type }: DiagnosisSubject) => type === groupType

const replacesMembers = (subject: DiagnosisSubject): boolean =>
  isGroup(subject) &&
  subject.operations.some(
    ({ op, path, value }) =>
      /^replace$/i.test(op) &&
      (path === undefined
        ? isObject(value) && Object.keys(value).some(name => /^members$/i.test(name))
        : /^members$/i.test(path)),
  )

const isCutList = ({ listCut }: DiagnosisSubject): boolean => listCut !== undefined

const describeCut = ({ listCut }: DiagnosisSubject): string | undefined =>
  listCut &&
  `The response has ${listCut.shown} of ${listCut.existing} ${listCut.type === 'User' ? 'users' : 'groups'}.`

const cutReason =
  'AWS returns one page without a cursor, and its totalResults is the size of that page. A client that does not page by cursor takes the first page for the whole directory.'

export const otherClientRules: readonly DiagnosisRule[] = [
  {
    id: 'okta/wizard-app',
    severity: 'error',
    title: 'App of Okta’s App Integration Wizard',
    reason:
      'Such apps change users and groups by PUT only. AWS does not support PUT of groups, so groups are created and then never change.',
    remedy: 'Provision with the app AWS IAM Identity Center of Okta’s catalog.',
    source: okta,
    basis: 'inferred',
    detect: subject =>
      isFrom(subject, 'okta') && isGroup(subject) && subject.exchange.method === 'PUT'
        ? 'Okta replaced the group by PUT.'
        : undefined,
  },
  {
    id: 'okta/push-now',
    severity: 'error',
    title: 'Push now replaces all members',
    reason:
      'Push now sends all members of the group in one operation that replaces them. AWS rejects this, so the group keeps its members.',
    remedy: 'Change one membership at a time, or unlink the group and push it again.',
    source: 'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/757',
    basis: 'observed',
    detect: subject =>
      isFrom(subject, 'okta') && replacesMembers(subject)
        ? 'Okta replaced the members of the group.'
        : undefined,
  },
  {
    id: 'okta/empty-after-push',
    severity: 'warning',
    title: 'Pushed group without members',
    reason:
      'Okta pushes only members who are assigned to the app and already created. Okta does not support the same group for assignment and for push: groups then appear without users, and removed users remain.',
    remedy:
      'Use one group to assign users and another one to push. Push the group again once its members exist.',
    source: oktaGuide,
    basis: 'inferred',
    detect: subject => {
      const group = isFrom(subject, 'okta') ? subject.habits?.emptyGroup : undefined
      return (
        group && {
          subject: group.label,
          detail: `The group has no members 10 minutes after its creation, although Okta provisioned users since.`,
        }
      )
    },
  },
  {
    id: 'okta/import-cut',
    severity: 'warning',
    title: 'Import sees the first page only',
    reason: `${cutReason} Okta does not find the other users and groups, and tries to create them.`,
    remedy:
      'Do not rely on imports from AWS. Match users by their user name: Okta looks it up before it creates a user.',
    source: sources.ssosyncPages,
    basis: 'inferred',
    detect: subject => (isFrom(subject, 'okta') ? describeCut(subject) : undefined),
  },
  {
    id: 'aws/list-cut',
    severity: 'warning',
    title: 'List ends after the first page',
    reason: cutReason,
    remedy: 'Page with cursor, which is empty at first, or look up each object with a filter.',
    source: sources.ssosyncPages,
    basis: 'observed',
    detect: subject => (isFrom(subject, 'okta') || !isCutList(subject) ? undefined : describeCut(subject)),
  },
  {
    id: 'jumpcloud/no-display-name',
    severity: 'error',
    title: 'JumpCloud replaces a user without a display name',
    reason:
      'JumpCloud replaces the whole user with each change. AWS rejects a user without a displayName: neither the change nor a deactivation takes effect.',
    remedy: 'Enter a display name for the user in JumpCloud.',
    source: 'https://github.com/Paul-E/scim-v2-rust',
    basis: 'observed',
    detect: subject =>
      isUpdateWithoutDisplayName(subject) ? 'The PUT of the user has no displayName.' : undefined,
  },
  {
    id: 'client/reads-members-aws-hides',
    severity: 'warning',
    title: 'Reads members, which AWS never returns',
    reason:
      'The client reads a group to find its members before it changes them. AWS returns no members, so the client adds all of them again and never removes anyone: users who left a group keep its access.',
    remedy:
      'Remove such members by hand, or use a client that keeps the members it has sent. No setting of AWS returns members.',
    source: authentikMembers,
    basis: 'observed',
    detect: subject => {
      const times = subject.exchange.profile === 'aws' ? (subject.habits?.addsAfterRead ?? 0) : 0
      return times >= addsThreshold
        ? `The client read groups and then added members ${times} times, and has removed none.`
        : undefined
    },
  },
  {
    id: 'client/deletes-strangers',
    severity: 'error',
    title: 'Deletes users or groups that it has not created',
    reason:
      'The client deletes what is not in its own directory, including users and groups that another client or an administrator created.',
    remedy:
      'Stop the client. Give it a directory of its own, or let nothing else create users and groups there.',
    source: pocketIdCode,
    basis: 'observed',
    detect: subject => {
      const { stranger, client } = subject
      if (!stranger || subject.habits?.hasMatched || !client || !isConvincing(client)) return undefined
      if (isTool(client.product)) return undefined
      if (stranger.createdBy === client.product) return undefined
      const creator =
        stranger.createdBy === undefined
          ? `the Identity Store API with the access key ${stranger.accessKey}`
          : productLabels[stranger.createdBy]
      return `${productLabels[client.product]} deleted a ${subject.type?.name.toLowerCase() ?? 'resource'} that was created by ${creator}, and that it had never changed.`
    },
  },
  {
    id: 'client/stops-at-config',
    severity: 'note',
    title: 'Reads only ServiceProviderConfig',
    reason:
      'ServiceProviderConfig has the member pagination (RFC 9865). Clients whose models forbid members that RFC 7643 does not define cannot read it, and stop.',
    remedy: 'If the client reports an unknown member, set the tenant’s switch pagination to omit.',
    source: sourcesOfRfc.pagingConfig,
    basis: 'inferred',
    detect: ({ habits }) =>
      habits?.configReads === configReadsThreshold
        ? `The client read ServiceProviderConfig ${configReadsThreshold} times in a row, and requested nothing else.`
        : undefined,
  },
  {
    id: 'client/unquoted-filter',
    severity: 'error',
    title: 'Filter value without quotes',
    reason:
      'A string in a filter needs quotes (RFC 7644 section 3.4.2.2). The search fails, so the client does not find an existing user and cannot continue.',
    remedy: 'Let the client put the value of the filter into double quotes.',
    source: authentikCode,
    basis: 'observed',
    detect: subject =>
      hasUnquotedValue(subject)
        ? `The filter compares ${excerpt(subject.lookup?.attribute ?? '', 60)} with ${excerpt(subject.lookup?.value ?? '')}, without quotes.`
        : undefined,
  },
]

export const hasUnquotedValue = ({ exchange, lookup }: DiagnosisSubject): boolean =>
  exchange.status === 400 &&
  lookup?.isQuoted === false &&
  !/^(true|false|null|-?\d+(\.\d+)?)$/.test(lookup.value)

/** Such an update of JumpCloud has a finding of its own. */
export const isUpdateWithoutDisplayName = (subject: DiagnosisSubject): boolean =>
  isFrom(subject, 'jumpcloud') &&
  isUser(subject) &&
  subject.exchange.method === 'PUT' &&
  subject.isFullResource &&
  valuesAt(subject, 'displayName').length === 0
