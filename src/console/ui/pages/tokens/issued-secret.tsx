import { Copyable } from '../../components/basics.tsx'
import type { IssuedToken } from './token.ts'

/** The text of a new token, which nobody will see again. */
export const IssuedSecret = ({
  issued,
  onClose,
}: {
  readonly issued: IssuedToken
  readonly onClose: () => void
}) => (
  <>
    <div class="secret">
      <p>Copy it now: only a hash is kept, and it is never shown again.</p>
      <Copyable what="the token" text={issued.text} />
    </div>
    <p>
      In Entra it goes into <em>Provisioning, Admin credentials, Secret token</em>.
    </p>
    <div class="actions">
      <button type="button" class="primary" onClick={onClose}>
        I have copied it
      </button>
    </div>
  </>
)
