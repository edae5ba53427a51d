import type {
  AssignmentQuery,
  PageAfter,
  PermissionSet,
  PermissionSetContent,
} from '../../domain/ports/account-assignments.ts'
import { compact } from '../../scim/json.ts'
import type { ApiCall } from '../operation.ts'
import { type InputOf, list, optional, required, structure } from '../shape.ts'
import {
  causeOf,
  changePermissionSet,
  findPermissionSet,
  intentOf,
  named,
  permissionSetArn,
  permissionSetIdOf,
  permissionSetOperation,
  readPage,
  requireInstance,
  type SsoCall,
  type SsoOperation,
  ssoOperation,
  toSeconds,
} from './context.ts'
import { ssoAdminErrors } from './errors.ts'
import {
  accountShape,
  descriptionShape,
  durationShape,
  instanceArnShape,
  nameShape,
  nextTokenShape,
  onInstance,
  onPermissionSet,
  paging,
  provisioningFilter,
  relayStateShape,
  taggableArnShape,
  tagKeyShape,
  tagsShape,
} from './shapes.ts'

const defaultSession = 'PT1H'

/** Seconds of one session. */
const [shortest, longest] = [3600, 12 * 3600]

const durationParts =
  /^(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)([DW]))?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/

/** Throws ApiError for a session that is too short or too long. */
function checkDuration(text: string | undefined): void {
  if (text === undefined) return
  const [, sign, years, months, days, unit, hours, minutes, seconds] = durationParts.exec(text) ?? []
  const total =
    Number(years ?? 0) * 31_536_000 +
    Number(months ?? 0) * 2_592_000 +
    Number(days ?? 0) * (unit === 'W' ? 604_800 : 86_400) +
    Number(hours ?? 0) * 3600 +
    Number(minutes ?? 0) * 60 +
    Number(seconds ?? 0)
  if (sign === '-' || total < shortest || total > longest) throw ssoAdminErrors.sessionDuration(text)
}

const viewPermissionSet = (call: ApiCall, { id, name, content, created }: PermissionSet) => ({
  Name: name,
  PermissionSetArn: permissionSetArn(call, id),
  ...compact({
    Description: content.description,
    SessionDuration: content.sessionDuration,
    RelayState: content.relayState,
  }),
  CreatedDate: toSeconds(created),
})

const changeable = {
  Description: optional(descriptionShape),
  SessionDuration: optional(durationShape),
  RelayState: optional(relayStateShape),
}

/** Where permission sets are assigned, they count as provisioned at once. */
const readProvisioned = (
  { assignments, tenant }: SsoCall,
  { ProvisioningStatus }: { readonly ProvisioningStatus?: string },
  of: 'account' | 'permissionSet',
  query: AssignmentQuery & PageAfter,
) =>
  ProvisioningStatus === 'LATEST_PERMISSION_SET_NOT_PROVISIONED'
    ? []
    : assignments.assigned(tenant.key, of, query)

type Tag = NonNullable<PermissionSetContent['tags']>[number]

const maxTags = 50

/** Throws ApiError if there are too many. */
function checkTags(tags: readonly Tag[]): void {
  if (tags.length > maxTags) throw ssoAdminErrors.tooManyTags(maxTags)
}

const toTags = (tags: InputOf<typeof tagsShape>): readonly Tag[] =>
  tags.map(({ Key, Value }) => ({ key: Key, value: Value }))

const onTaggable = { InstanceArn: optional(instanceArnShape), ResourceArn: required(taggableArnShape) }

/** The id of the permission set that the request names; undefined for the instance. Throws ApiError for anything else. */
function taggedPermissionSet(call: SsoCall, arn: string): string | undefined {
  if (arn.includes(':instance/')) {
    requireInstance(call, arn)
    return undefined
  }
  if (arn.includes(':permissionSet/')) return permissionSetIdOf(call, arn)
  throw ssoAdminErrors.noTaggedResource(arn)
}

function changeTags(call: SsoCall, arn: string, change: (tags: readonly Tag[]) => readonly Tag[]) {
  const id = taggedPermissionSet(call, arn)
  if (id === undefined) throw ssoAdminErrors.instanceTags()
  return changePermissionSet(call, id, content => {
    const tags = change(content.tags ?? [])
    checkTags(tags)
    return { ...content, tags }
  })
}

/** Tags of the later list replace earlier ones. */
const mergeTags = (tags: readonly Tag[], added: readonly Tag[]): readonly Tag[] => [
  ...new Map([...tags, ...added].map(tag => [tag.key, tag])).values(),
]

export const permissionSetOperations: readonly SsoOperation[] = [
  ssoOperation({
    name: 'ListTagsForResource',
    does: ['list', 'list tags'],
    input: structure({ ...onTaggable, NextToken: optional(nextTokenShape) }),
    run: async (call, { ResourceArn }) => {
      const id = taggedPermissionSet(call, ResourceArn)
      const found = id === undefined ? undefined : await findPermissionSet(call, id)
      const tags = found?.content.tags ?? []
      return {
        output: { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) },
        intent: intentOf(
          'list',
          `list tags of ${found ? `permission set ${named(found.name)}` : 'instance'}`,
        ),
        found: tags.length,
      }
    },
  }),
  ssoOperation({
    name: 'TagResource',
    does: ['update', 'tag permission set'],
    input: structure({ ...onTaggable, Tags: required(tagsShape) }),
    run: (call, { ResourceArn, Tags }) =>
      changeTags(call, ResourceArn, tags => mergeTags(tags, toTags(Tags))),
  }),
  ssoOperation({
    name: 'UntagResource',
    does: ['update', 'untag permission set'],
    input: structure({ ...onTaggable, TagKeys: required(list(tagKeyShape, { min: 1, max: 75 })) }),
    run: (call, { ResourceArn, TagKeys }) =>
      changeTags(call, ResourceArn, tags => tags.filter(({ key }) => !TagKeys.includes(key))),
  }),

  ssoOperation({
    name: 'CreatePermissionSet',
    does: ['create', 'create permission set'],
    input: structure({ ...onInstance, Name: required(nameShape), ...changeable, Tags: optional(tagsShape) }),
    run: async (call, { Name, Description, SessionDuration, RelayState, Tags = [] }) => {
      checkDuration(SessionDuration)
      const tags = toTags(Tags)
      checkTags(tags)
      const content: PermissionSetContent = {
        sessionDuration: SessionDuration ?? defaultSession,
        ...compact({ description: Description, relayState: RelayState }),
        ...(tags.length > 0 && { tags }),
      }
      const created = await call.assignments.createPermissionSet(
        call.tenant.key,
        causeOf(call),
        Name,
        content,
      )
      const intent = call.intentFor(Name)
      if (created === 'name-taken') throw ssoAdminErrors.duplicatePermissionSet(Name).about({ intent })
      return { output: { PermissionSet: viewPermissionSet(call, created) }, intent }
    },
  }),
  permissionSetOperation({
    name: 'DescribePermissionSet',
    does: ['read', 'read permission set'],
    input: structure(onPermissionSet),
    run: (call, _input, found) => ({ output: { PermissionSet: viewPermissionSet(call, found) } }),
  }),
  ssoOperation({
    name: 'UpdatePermissionSet',
    does: ['update', 'change permission set'],
    input: structure({ ...onPermissionSet, ...changeable }),
    run: (call, { PermissionSetArn, Description, SessionDuration, RelayState }) => {
      checkDuration(SessionDuration)
      // An omitted relay state is removed.
      return changePermissionSet(
        call,
        permissionSetIdOf(call, PermissionSetArn),
        ({ relayState: _, ...kept }) => ({
          ...kept,
          ...compact({ description: Description, sessionDuration: SessionDuration, relayState: RelayState }),
        }),
      )
    },
  }),
  permissionSetOperation({
    name: 'DeletePermissionSet',
    does: ['delete', 'delete permission set'],
    input: structure(onPermissionSet),
    run: async (call, _input, { id, name }) => {
      const intent = call.intentFor(name)
      const outcome = await call.assignments.deletePermissionSet(call.tenant.key, causeOf(call), id)
      if (outcome === 'in-use') throw ssoAdminErrors.permissionSetInUse().about({ intent })
      if (outcome === 'not-found') throw ssoAdminErrors.noPermissionSet(id).about({ intent })
      return { output: {} }
    },
  }),
  ssoOperation({
    name: 'ListPermissionSets',
    does: ['list', 'list permission sets'],
    input: structure({ ...onInstance, ...paging }),
    run: (call, input) =>
      readPage(call, input, {
        member: 'PermissionSets',
        read: page => call.assignments.permissionSets(call.tenant.key, page),
        positionOf: ({ name }) => name,
        view: ({ id }) => permissionSetArn(call, id),
      }),
  }),
  ssoOperation({
    name: 'ListPermissionSetsProvisionedToAccount',
    does: ['list', 'list permission sets of account'],
    input: structure({ ...onInstance, AccountId: required(accountShape), ...provisioningFilter, ...paging }),
    run: async (call, input) => ({
      ...(await readPage(call, input, {
        member: 'PermissionSets',
        read: page => readProvisioned(call, input, 'permissionSet', { account: input.AccountId, ...page }),
        positionOf: id => id,
        view: id => permissionSetArn(call, id),
      })),
      intent: call.intentFor(input.AccountId),
    }),
  }),
  permissionSetOperation({
    name: 'ListAccountsForProvisionedPermissionSet',
    does: ['list', 'list accounts of permission set'],
    input: structure({ ...onPermissionSet, ...provisioningFilter, ...paging }),
    run: (call, input, { id }) =>
      readPage(call, input, {
        member: 'AccountIds',
        read: page => readProvisioned(call, input, 'account', { permissionSet: id, ...page }),
        positionOf: account => account,
        view: account => account,
      }),
  }),
]
