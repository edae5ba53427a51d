import type { Test } from 'tap'
import type { ApiError } from '../../../../src/aws-api/api-error.ts'
import { instanceArn } from '../../../../src/aws-api/identifiers.ts'
import type { ApiCall, ApiResult } from '../../../../src/aws-api/operation.ts'
import { createPageTokens } from '../../../../src/aws-api/page-token.ts'
import { ssoAdminOperations } from '../../../../src/aws-api/sso-admin/operations.ts'
import type { Draft } from '../../../../src/domain/ports/resources.ts'
import type { JsonObject } from '../../../../src/scim/json.ts'
import { toResourceId } from '../../../../src/scim/resource.ts'
import { openSqliteEngine } from '../../../../src/storage/sqlite/engine.ts'
import { plenty } from '../../../contract/journal.ts'
import { groupDraft, removing, userDraft } from '../../../contract/store-fixture.ts'

export const [margeId, adminsId] = [
  '90672222-aaaa-4bbb-8ccc-000000000001',
  '90672222-aaaa-4bbb-8ccc-000000000002',
]

/** The operations over a database in memory with the tenant "acme", at increasing times. */
export async function openSsoAdmin(t: Test) {
  const engine = openSqliteEngine({
    retention: plenty,
    log: { info() {}, warn() {}, error: error => t.fail(String(error)) },
  })
  t.teardown(() => engine.close())
  const tenant = await engine.tenants.create({}, 'acme')
  const operations = ssoAdminOperations({ ...engine, tokens: createPageTokens(engine.cursorKey) })
  const InstanceArn = instanceArn('acme')
  let now = 1000

  const run = async (
    name: string,
    input: JsonObject = {},
    change: Partial<ApiCall> = {},
  ): Promise<ApiResult> => {
    const operation = operations.find(each => each.name === name)
    if (!operation) throw new Error(`There is no operation ${name}.`)
    now += 1000
    const call: ApiCall = {
      tenant,
      principal: { account: '123456789012', keyId: 'SCIMKEY' },
      now,
      exchange: `x${now}`,
      region: { signed: 'us-east-1', own: 'us-east-1' },
      ...change,
    }
    return operation.call(call, input)
  }
  const insert = (type: 'User' | 'Group', id: string, draft: Draft) =>
    engine.store.insert({ tenant: tenant.key, type, id: toResourceId(id) }, { now: ++now }, draft, 1000)

  return {
    ...engine,
    tenant,
    operations,
    InstanceArn,
    run,
    /** The output of an operation about the instance. */
    output: async <Output extends object = JsonObject>(name: string, input: JsonObject = {}) =>
      (await run(name, { InstanceArn, ...input })).output as Output,
    /** The error of an operation about the instance. */
    error: (name: string, input: JsonObject = {}) =>
      run(name, { InstanceArn, ...input }).then(
        () => ({ type: 'it was not rejected' }),
        ({ type, message, rule }: ApiError) => ({ type, message, rule }),
      ),
    addUser: (id: string, userName: string) => insert('User', id, userDraft(id, { userName })),
    addGroup: (id: string, members: readonly string[] = []) =>
      insert('Group', id, groupDraft(id, [{ kind: 'add', members }])),
    remove: (type: 'User' | 'Group', id: string) =>
      engine.store.remove({ tenant: tenant.key, type, id: toResourceId(id) }, { now: ++now }, removing),
    createPermissionSet: async (Name: string) => {
      const { output } = await run('CreatePermissionSet', { InstanceArn, Name })
      return (output as { readonly PermissionSet: { readonly PermissionSetArn: string } }).PermissionSet
        .PermissionSetArn
    },
  }
}
