import type { AwsConnection } from '../../../domain/contract/access-keys.ts'
import { CopyButton } from '../../components/buttons.tsx'
import { Fact } from '../../components/layout.tsx'

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
