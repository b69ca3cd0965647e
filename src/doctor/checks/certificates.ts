import { X509Certificate } from 'node:crypto'
import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import type { Check, Finding } from '../finding.ts'
import { orNull, orUnseen, secretPath } from '../look.ts'

const DAY_MS = 86_400_000
/** obstat renews at two thirds of a life; a tenth later it is late. */
const LATE = 1 - 2 / 3 - 1 / 10

/** Do the certificates that the API server and obstat meet by last, and are they renewed in time? */
export const certificates: Check = {
  id: 'certificates',
  asks: 'how long do the certificates of the webhook last?',
  isForPre: false,
  run: async ({ live, namespace, now }) => {
    const [configuration, secret] = await Promise.all([
      orNull(live.get('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/obstat')),
      orUnseen(live.get(secretPath(namespace))),
    ])
    const trusted = certificatesIn(text(list(configuration, 'webhooks')[0], 'clientConfig', 'caBundle'))
    const authorities = trusted.sort((a, b) => b.validToDate.getTime() - a.validToDate.getTime()).slice(0, 1)
    return [
      ...authorities.flatMap((one) => ageing(one, 'authority in the webhook configuration', now(), namespace)),
      ...served(secret).flatMap((one) =>
        ageing(one, `certificate in Secret ${namespace}/obstat-tls`, now(), namespace),
      ),
    ]
  },
}

const served = (secret: Json): readonly X509Certificate[] => certificatesIn(text(secret, 'data', 'tls.crt'))

/** PEM in base64, as Secrets and webhook configurations hold it. What is no certificate is obstat's to replace. */
const certificatesIn = (data: string): X509Certificate[] =>
  (
    Buffer.from(data, 'base64')
      .toString()
      .match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? []
  ).map((pem) => new X509Certificate(pem))

function ageing(certificate: X509Certificate, subject: string, now: Date, namespace: string): readonly Finding[] {
  const { validFromDate, validToDate } = certificate
  const leftMs = validToDate.getTime() - now.getTime()
  const lifeMs = validToDate.getTime() - validFromDate.getTime()
  if (leftMs > lifeMs * LATE) return []
  const days = (leftMs / DAY_MS).toFixed(1)
  return [
    {
      id: `certificates/${leftMs <= 0 ? 'expired' : 'late'}`,
      level: 'warning',
      subject,
      what: leftMs <= 0 ? 'has expired: agents are stopped' : 'should have been renewed by now',
      evidence: [`valid until ${validToDate.toISOString()}, ${days} days from now, of ${(lifeMs / DAY_MS).toFixed(1)}`],
      // Whoever leads then makes it anew, and the webhook configuration with it.
      fix: [`kubectl delete secret obstat-tls -n ${namespace}`],
    },
  ]
}
