import { useSignal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import type { AccessKey, AwsConnection } from '../../../domain/contract/access-keys.ts'
import { exportLines } from '../../../domain/contract/environment.ts'
import { call } from '../../api.ts'
import { Copyable, CopyButton } from '../../components/buttons.tsx'
import { CredentialDialog } from '../../components/credential-dialog.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Badge, ProblemBox } from '../../components/feedback.tsx'
import { Fact } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { Time } from '../../components/text.tsx'
import { announce } from '../../frame/notice.tsx'
import { onLive } from '../../live.ts'
import { usePages } from '../../load.ts'
import { tenants } from '../../state.ts'
import { type Access, AccessField } from './access-field.tsx'

const limit = 2

export function AccessKeys({ tenant }: { readonly tenant: string }) {
  const pages = usePages('GET /tenants/:tenant/access-keys', { params: { tenant } })
  const isNew = useSignal(false)
  const deleted = useSignal<AccessKey | undefined>(undefined)
  useEffect(() => onLive('changed', pages.reload), [])
  const current = tenants.value?.find(({ id }) => id === tenant)
  if (!current) return null
  const close = () => {
    isNew.value = false
    deleted.value = undefined
    pages.reload()
  }
  const deleteKey = async ({ id }: AccessKey) => {
    await call('DELETE /tenants/:tenant/access-keys/:key', { params: { tenant, key: id } })
    announce(`Access key ${id} deleted.`)
    close()
  }
  const { aws, profile } = current
  if (!aws) {
    return (
      <section aria-labelledby="access-keys">
        <h2 id="access-keys">Access keys</h2>
        <p class="muted">
          Access keys are for the AWS APIs, which tenants with the profile aws have. This tenant has the
          profile {profile}.
        </p>
      </section>
    )
  }
  const keys = pages.items.value
  const isFull = keys.length >= limit
  return (
    <section aria-labelledby="access-keys">
      <h2 id="access-keys">Access keys</h2>
      <p>
        The AWS CLI, the AWS SDKs and Terraform sign requests to the Identity Store API and SSO Admin with an
        access key. A tenant has at most {limit}.
      </p>
      <AwsFacts aws={aws} />
      <May need="write">
        <div class="actions">
          <button
            type="button"
            disabled={isFull}
            aria-describedby={isFull ? 'access-key-limit' : undefined}
            onClick={() => {
              isNew.value = true
            }}
          >
            Create access key
          </button>
        </div>
      </May>
      {pages.problem.value && <ProblemBox problem={pages.problem.value} />}
      {isFull && (
        <p id="access-key-limit">
          {keys.length} of {limit} access keys in use. To create another, delete one that no client uses.
        </p>
      )}
      <div class="token-cards">
        {keys.map(key => (
          <AccessKeyCard
            key={key.id}
            accessKey={key}
            onDelete={() => {
              deleted.value = key
            }}
          />
        ))}
      </div>
      {isNew.value && <NewAccessKeyDialog tenant={tenant} onClose={close} />}
      {deleted.value && (
        <ConfirmDialog
          title={`Delete access key ${deleted.value.id}?`}
          label="Delete"
          onConfirm={async () => {
            if (deleted.value) await deleteKey(deleted.value)
          }}
          onClose={close}
        >
          Requests signed with this key will be rejected. This can’t be undone.
        </ConfirmDialog>
      )}
    </section>
  )
}

const AccessKeyCard = ({
  accessKey,
  onDelete,
}: {
  readonly accessKey: AccessKey
  readonly onDelete: () => void
}) => (
  <section class="card" aria-label={`Access key ${accessKey.id}`}>
    <h3>
      <code>{accessKey.id}</code> {accessKey.access === 'read' && <Badge>read-only</Badge>}
    </h3>
    <dl class="facts">
      <Fact name="Created">
        <Time at={accessKey.created} />
      </Fact>
      <Fact name="Last used">{accessKey.lastUsed ? <Time at={accessKey.lastUsed} /> : 'never'}</Fact>
      <Fact name="Requests">{accessKey.requests.toLocaleString('en')}</Fact>
    </dl>
    <May need="destroy">
      <div class="actions">
        <button type="button" class="danger" onClick={onDelete}>
          Delete…
        </button>
      </div>
    </May>
  </section>
)

export function NewAccessKeyDialog({
  tenant,
  onClose,
}: {
  readonly tenant: string
  readonly onClose: () => void
}) {
  const [access, setAccess] = useState<Access>('full')
  return (
    <CredentialDialog
      title="Create access key"
      label="Create"
      create={() => call('POST /tenants/:tenant/access-keys', { params: { tenant }, body: { access } })}
      show={({ id, secret, environment }) => ({
        secret: 'secret access key',
        values: { 'Access key ID': id, 'Secret access key': secret },
        hint: (
          <>
            <p>For the AWS CLI and the SDKs:</p>
            <Copyable what="the environment variables" text={exportLines(environment).join('\n')} />
          </>
        ),
      })}
      onClose={onClose}
    >
      {() => <AccessField value={access} onChange={setAccess} />}
    </CredentialDialog>
  )
}

export const AwsFacts = ({ aws }: { readonly aws: AwsConnection }) => (
  <dl class="facts">
    <Fact name="Endpoint">
      {aws.endpoint === undefined ? (
        'turned off (--no-aws)'
      ) : (
        <>
          <code>{aws.endpoint}</code> <CopyButton what="the endpoint" text={aws.endpoint} />
        </>
      )}
    </Fact>
    <Fact name="Region">{aws.region}</Fact>
    <Fact name="Account">
      <code>{aws.account}</code>
    </Fact>
    <Fact name="Identity store ID">
      <code>{aws.identityStoreId}</code>{' '}
      <CopyButton what="the identity store ID" text={aws.identityStoreId} />
    </Fact>
    <Fact name="Instance ARN">
      <code>{aws.instanceArn}</code> <CopyButton what="the instance ARN" text={aws.instanceArn} />
    </Fact>
  </dl>
)
