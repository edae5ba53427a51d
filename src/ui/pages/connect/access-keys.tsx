import type { AccessKey, NewAccessKey } from '../../../domain/contract/access-keys.ts'
import { exportLines } from '../../../domain/contract/environment.ts'
import type { Setup } from '../../../domain/contract/setup.ts'
import { call } from '../../api.ts'
import { Copyable, CopyButton } from '../../components/buttons.tsx'
import { Collection, type Column } from '../../components/collection.tsx'
import { form } from '../../components/form.tsx'
import { Facts } from '../../components/layout.tsx'
import type { Actions } from '../../components/row.tsx'
import type { Pages } from '../../load.ts'
import { accessField, createdColumn, fullAccess, lastUsedColumn, requestsColumn } from './credential.ts'

const limit = 2

type Aws = NonNullable<Setup['aws']>

type Props = {
  readonly tenant: string
  readonly pages: Pages<AccessKey>
  readonly aws: Aws | undefined
}

export function AccessKeys({ tenant, pages, aws }: Props) {
  const count = pages.items.value.length
  return (
    <section aria-label="AWS APIs">
      <Collection
        title="Access keys"
        noun={['access key', 'access keys']}
        rows={pages}
        columns={columns}
        keyOf={({ id }) => id}
        create={{
          label: 'Create access key',
          form: () => newAccessKey(tenant),
          full:
            count >= limit &&
            `${count} of ${limit} access keys in use. To create another, delete one that no client uses.`,
        }}
        actions={actionsFor(tenant)}
        empty="None. The AWS CLI, the AWS SDKs and Terraform sign requests to the Identity Store API and SSO Admin with one."
      />
      {aws && <AwsApis aws={aws} />}
    </section>
  )
}

const columns: readonly Column<AccessKey>[] = [
  { name: 'Access key ID', kind: 'name', code: true, text: ({ id }) => id },
  {
    name: 'Access',
    kind: 'rest',
    text: ({ access }) => (access === 'read' ? 'read-only' : 'read and write'),
  },
  requestsColumn,
  lastUsedColumn,
  createdColumn,
]

const newAccessKey = (tenant: string) =>
  form<NewAccessKey>({
    title: 'Create access key',
    label: 'Create',
    draft: fullAccess,
    fields: field => field('access', accessField),
    async submit(body) {
      const { id, secret, environment } = await call('POST /tenants/:tenant/access-keys', {
        params: { tenant },
        body,
      })
      return {
        credential: {
          secret: 'secret access key',
          values: { 'Access key ID': id, 'Secret access key': secret },
          hint: (
            <>
              <p>For the AWS CLI and the SDKs:</p>
              <Copyable what="the environment variables" text={exportLines(environment).join('\n')} />
            </>
          ),
        },
      }
    },
  })

const actionsFor = (tenant: string): Actions<AccessKey> => ({
  Delete: {
    asks: ({ id }) => ({
      title: `Delete access key ${id}?`,
      text: 'Requests signed with this key will be rejected. This can’t be undone.',
      submit: () => call('DELETE /tenants/:tenant/access-keys/:key', { params: { tenant, key: id } }),
      done: `Access key ${id} deleted.`,
    }),
  },
})

/** What the AWS CLI, the SDKs and Terraform need, besides the secret of a key. */
const AwsApis = ({ aws }: { readonly aws: Aws }) => (
  <>
    <Facts
      of={{
        Endpoint: aws.endpoint === undefined ? 'turned off (--no-aws)' : copied('the endpoint', aws.endpoint),
        Region: aws.region,
        Account: <code>{aws.account}</code>,
        'Identity store ID': copied('the identity store ID', aws.identityStoreId),
        'Instance ARN': copied('the instance ARN', aws.instanceArn),
      }}
    />
    {aws.endpoint !== undefined && (
      <details class="more">
        <summary>Environment variables for the AWS CLI and the SDKs</summary>
        <Copyable what="the environment variables" text={exportLines(aws.environment).join('\n')} />
        {aws.environment.AWS_ACCESS_KEY_ID !== undefined && (
          <p class="muted">
            AWS_SECRET_ACCESS_KEY was shown when the access key was created, and cannot be shown again.
          </p>
        )}
      </details>
    )}
  </>
)

const copied = (what: string, text: string) => (
  <>
    <code>{text}</code> <CopyButton what={what} text={text} />
  </>
)
