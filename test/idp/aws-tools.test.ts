import * as identityStore from '@aws-sdk/client-identitystore'
import t from 'tap'
import { accountId } from '../../src/aws-api/identifiers.ts'
import { identityStoreOperations, ssoAdminOperations } from '../../src/domain/journal/aws-operations.ts'
import type { JsonObject } from '../../src/scim/json.ts'
import { runCopied, skipWithoutAwsClients, startAwsCli, startBoto3 } from '../support/aws-clients.ts'
import { callWithSdk, sdkClients } from '../support/aws-sdk.ts'
import { type AwsServer, startAwsServer } from '../support/aws-server.ts'
import { type CallAws, callEveryOperation } from '../support/every-aws-operation.ts'

const everyOperation = [...identityStoreOperations, ...ssoAdminOperations, 'GetCallerIdentity'].sort()

/** Debian's botocore is older than these. */
const unknownToBotocore = ['DescribeRegion', 'GetApplicationSessionConfiguration', 'ListRegions']
const operationsOfBotocore = everyOperation.filter(name => !unknownToBotocore.includes(name))

const kebab = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()
const snake = (name: string) => kebab(name).replaceAll('-', '_')

const optionsOf = ({ store, instance }: AwsServer, prefix: string) => ({
  store,
  instance,
  account: accountId('acme'),
  prefix,
})

t.test('the AWS APIs', async t => {
  const server = await startAwsServer(t)
  const { store } = server

  t.test('the AWS CLI and boto3', { skip: skipWithoutAwsClients }, async t => {
    const cli = startAwsCli(t, server.caller)
    const boto3 = startBoto3(t, server.caller)
    const ofBotocore = (prefix: string) => ({ ...optionsOf(server, prefix), unknown: unknownToBotocore })

    t.test('the AWS CLI calls every operation', async t => {
      const call: CallAws = async (service, operation, input = {}) => {
        const {
          status,
          output = {},
          error,
        } = await cli(service, kebab(operation), '--cli-input-json', JSON.stringify(input))
        if (status !== 0) throw new Error(`${operation}: ${error}`)
        return output
      }
      t.same([...(await callEveryOperation(t, call, ofBotocore('cli')))].sort(), operationsOfBotocore)
    })

    t.test('boto3 calls every operation', async t => {
      const call: CallAws = async (service, operation, input) => {
        const { output = {}, error } = await boto3.call(service, snake(operation), input)
        if (error) throw new Error(`${operation}: ${error.message}`)
        return output
      }
      t.same([...(await callEveryOperation(t, call, ofBotocore('boto3')))].sort(), operationsOfBotocore)
    })

    t.test('IS-034 both read all pages', async t => {
      const names = ['apu', 'barney', 'carl', 'duffman', 'edna']
      for (const name of names) {
        await boto3.call('identitystore', 'create_group', { IdentityStoreId: store, DisplayName: name })
      }
      const pages = await boto3.pages('identitystore', 'list_groups', { IdentityStoreId: store }, 2)
      const namesIn = (groups: unknown) =>
        (groups as readonly JsonObject[]).map(({ DisplayName }) => DisplayName)
      t.same(
        pages.map(({ Groups }) => namesIn(Groups)),
        [['apu', 'barney'], ['carl', 'duffman'], ['edna']],
      )
      const listGroups = ['identitystore', 'list-groups', '--identity-store-id', store]
      const all = await cli(...listGroups, '--page-size', '2')
      t.same(namesIn(all.output?.Groups), names)
      const first = await cli(...listGroups, '--max-items', '2')
      t.same(namesIn(first.output?.Groups), ['apu', 'barney'])
      const rest = await cli(...listGroups, '--starting-token', String(first.output?.NextToken))
      t.same(namesIn(rest.output?.Groups), ['carl', 'duffman', 'edna'])
    })

    t.test('IS-060 errors have their types', async t => {
      const unknown = '94482488-5041-7061-1b47-c0e0b6b2a1f8'
      const input = { IdentityStoreId: store, UserId: unknown }
      t.same((await boto3.call('identitystore', 'describe_user', input)).error, {
        class: 'ResourceNotFoundException',
        code: 'ResourceNotFoundException',
        message: 'USER not found.',
        status: 400,
        members: {
          ResourceType: 'USER',
          ResourceId: unknown,
          Message: 'USER not found.',
          RequestId: (await newestExchange(server)).id,
        },
      })
      t.match(
        await cli('identitystore', 'describe-user', '--identity-store-id', store, '--user-id', unknown),
        {
          status: 254,
          error:
            'An error occurred (ResourceNotFoundException) when calling the DescribeUser operation: USER not found.',
        },
      )
      t.match(
        await boto3.call('identitystore', 'create_group', { IdentityStoreId: store, DisplayName: 'apu' }),
        {
          error: { class: 'ConflictException', members: { Reason: 'UNIQUENESS_CONSTRAINT_VIOLATION' } },
        },
      )
      t.match(await boto3.call('identitystore', 'list_users', { IdentityStoreId: store, MaxResults: 1000 }), {
        error: { class: 'ValidationException', message: /^1 validation error detected: .*maxResults/ },
      })
    })

    t.test('IS-052 a wrong secret is rejected, and the journal has the reason', async t => {
      const wrong = { ...server.caller, accessKey: { ...server.caller.accessKey, secret: 'wrong' } }
      t.match(await startBoto3(t, wrong).call('identitystore', 'list_users', { IdentityStoreId: store }), {
        error: { code: 'InvalidSignatureException', status: 400 },
      })
      t.match(await newestExchange(server), {
        status: 400,
        api: 'identity-store',
        apiOperation: 'ListUsers',
        accessKey: server.caller.accessKey.id,
        region: 'eu-central-1',
        refusal: 'wrong-signature',
        client: 'aws',
      })
    })

    t.test('IS-603 a request of the journal is sent again by curl and by the AWS CLI', async t => {
      await boto3.call('identitystore', 'list_groups', { IdentityStoreId: store, MaxResults: 1 })
      const { id } = await newestExchange(server)
      for (const format of ['curl', 'aws']) {
        const address = `${server.console}/api/v1/exchanges/${id}/export?format=${format}`
        const { stdout, stderr } = await runCopied(server.caller, await (await fetch(address)).text())
        t.match(stdout, /"apu"/, `${format}: ${stderr}`)
      }
    })
  })

  t.test('the JavaScript SDK', async t => {
    const clients = sdkClients(t, server.caller)

    t.test('it calls every operation', async t => {
      const called = await callEveryOperation(t, callWithSdk(clients), optionsOf(server, 'sdk'))
      t.same([...called].sort(), everyOperation)
    })

    t.test('it sends and returns every attribute of a user', async t => {
      const user = {
        UserName: 'selma',
        Name: {
          Formatted: 'Dr. Selma M. Bouvier II',
          FamilyName: 'Bouvier',
          GivenName: 'Selma',
          MiddleName: 'M.',
          HonorificPrefix: 'Dr.',
          HonorificSuffix: 'II',
        },
        DisplayName: 'Selma',
        NickName: 'Sel',
        ProfileUrl: 'https://example.com/selma',
        Emails: [{ Value: 'selma@example.com', Type: 'work', Primary: true }],
        Addresses: [
          {
            StreetAddress: '1 Main Street',
            Locality: 'Springfield',
            Region: 'OR',
            PostalCode: '97475',
            Country: 'US',
            Formatted: '1 Main Street, Springfield',
            Type: 'home',
            Primary: true,
          },
        ],
        PhoneNumbers: [{ Value: '555-0100', Type: 'work', Primary: true }],
        UserType: 'Employee',
        Title: 'Clerk',
        PreferredLanguage: 'en-US',
        Locale: 'en-US',
        Timezone: 'America/Los_Angeles',
        Photos: [{ Value: 'https://example.com/selma.png', Type: 'photo', Display: 'Selma', Primary: true }],
        Website: 'https://example.com',
        Birthdate: '1946-05-12',
        Roles: [{ Value: 'Examiner', Type: 'job', Primary: true }],
      }
      const enterprise = { employeeNumber: '7', department: 'DMV', manager: { value: 'patty' } }
      const Extensions = { 'aws:identitystore:enterprise': enterprise }
      const call = callWithSdk(clients)
      const { UserId = '' } = await call('identitystore', 'CreateUser', {
        IdentityStoreId: store,
        ...user,
        Extensions,
      })
      const described = await call('identitystore', 'DescribeUser', {
        IdentityStoreId: store,
        UserId,
        Extensions: ['aws:identitystore:enterprise'],
      })
      const { CreatedAt, UpdatedAt } = described
      const author = accountId('acme')
      t.same(described, {
        IdentityStoreId: store,
        UserId,
        ...user,
        UserStatus: 'ENABLED',
        CreatedAt,
        CreatedBy: author,
        UpdatedAt,
        UpdatedBy: author,
        Extensions,
      })
      t.match([CreatedAt, UpdatedAt], [/^\d{4}-/, CreatedAt], 'the SDK reads times')
    })

    t.test('IS-060 errors are instances of their classes', async t => {
      const describe = new identityStore.DescribeUserCommand({
        IdentityStoreId: store,
        UserId: '94482488-5041-7061-1b47-c0e0b6b2a1f8',
      })
      const error = await clients.identitystore.send(describe).catch(error => error)
      t.ok(error instanceof identityStore.ResourceNotFoundException)
      t.match(error, { ResourceType: 'USER', message: 'USER not found.' })
      const conflict = new identityStore.CreateUserCommand({
        IdentityStoreId: store,
        UserName: 'selma',
        DisplayName: 'Selma',
        Name: { GivenName: 'Selma', FamilyName: 'Bouvier' },
      })
      t.ok(
        (await clients.identitystore.send(conflict).catch(error => error)) instanceof
          identityStore.ConflictException,
      )
    })

    t.test('IS-053 it corrects its clock by the response, and sends the request again', async t => {
      const { identitystore: client } = sdkClients(t, server.caller, { systemClockOffset: -3_600_000 })
      await client.send(new identityStore.ListGroupsCommand({ IdentityStoreId: store }))
      const { items } = await exchangesOf(server, 2)
      t.match(items, [
        { status: 200, apiOperation: 'ListGroups' },
        { status: 400, apiOperation: 'ListGroups', refusal: 'clock-skew' },
      ])
    })

    t.test('IS-123 a read-only key may read, and gets an error for a write', async t => {
      const created = await fetch(`${server.console}/api/v1/tenants/acme/access-keys`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"access":"read"}',
      })
      const { id, secret } = (await created.json()) as { id: string; secret: string }
      const caller = { ...server.caller, accessKey: { id, secret } }
      const { identitystore: client } = sdkClients(t, caller)
      const list = new identityStore.ListUsersCommand({ IdentityStoreId: store })
      t.match(await client.send(list), { Users: [{ UserName: 'selma' }] })
      const write = new identityStore.CreateGroupCommand({ IdentityStoreId: store, DisplayName: 'Flanders' })
      t.match(await client.send(write).catch(error => error), {
        name: 'AccessDeniedException',
        message: /is not authorized to perform: identitystore:CreateGroup on resource/,
      })
    })
  })
})

type ListedExchange = JsonObject & { readonly id: string }

/** The newest requests, once they are analyzed. */
async function exchangesOf({ console }: AwsServer, limit: number) {
  const address = `${console}/api/v1/exchanges?limit=${limit}`
  for (;;) {
    const { items } = (await (await fetch(address)).json()) as { items: readonly ListedExchange[] }
    if (items.every(({ analyzed }) => analyzed)) return { items }
    await fetch(`${console}/api/v1/tenants/acme/findings`)
  }
}

async function newestExchange(server: AwsServer): Promise<ListedExchange> {
  const { items } = await exchangesOf(server, 1)
  const [newest] = items
  if (!newest) throw new Error('The journal is empty.')
  return newest
}
