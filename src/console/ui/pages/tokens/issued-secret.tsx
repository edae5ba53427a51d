import { Copyable } from '../../components/basics.tsx'
import type { IssuedToken } from './token.ts'

/** The text of a new token, shown once. */
export const IssuedSecret = ({
  issued,
  onClose,
}: {
  readonly issued: IssuedToken
  readonly onClose: () => void
}) => (
  <>
    <div class="secret">
      <p>Copy the token now. You won’t be able to see it again.</p>
      <Copyable what="the token" text={issued.text} />
    </div>
    <p>
      In Entra it goes into <em>Provisioning, Admin credentials, Secret token</em>.
    </p>
    <div class="actions">
      <button type="button" class="primary" onClick={onClose}>
        Done
      </button>
    </div>
  </>
)
