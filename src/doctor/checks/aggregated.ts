import type { Json } from '../../api/json.ts'
import { field, isObject, list, text } from '../../api/json.ts'
import type { Check, Finding } from '../finding.ts'
import { allOf } from '../look.ts'

/** Groups that kube-apiserver itself serves, and that nobody else may. */
const BUILT_IN =
  /^(|apps|autoscaling|batch|policy|obstat\.dev|(admissionregistration|apiextensions|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|networking|node|rbac\.authorization|resource|scheduling|storage)\.k8s\.io)$/

/** An aggregated API server decides by itself what it admits. */
export const aggregated: Check = {
  id: 'aggregated',
  asks: 'which API groups have an admission of their own?',
  isForPre: true,
  run: async ({ api }) => {
    const services = await allOf(api, '/apis/apiregistration.k8s.io/v1/apiservices')
    return services.filter((one) => isObject(field(one, 'spec', 'service'))).map(findingOf)
  },
}

function findingOf(service: Json): Finding {
  const name = text(service, 'metadata', 'name')
  const isTaken = BUILT_IN.test(text(service, 'spec', 'group'))
  const target = `${text(service, 'spec', 'service', 'namespace')}/${text(service, 'spec', 'service', 'name')}`
  const available = list(service, 'status', 'conditions').find((one) => text(one, 'type') === 'Available')
  return {
    id: `aggregated/${isTaken ? 'taken' : 'own-admission'}`,
    level: isTaken ? 'critical' : 'info',
    subject: `APIService ${name}`,
    what: isTaken
      ? 'sends a group of Kubernetes itself to another server, which obstat does not see'
      : 'has an admission of its own; obstat sees nothing of what is written there',
    evidence: [`Service ${target}, Available ${text(available, 'status') || 'unknown'}`],
    // kube-apiserver makes its own again.
    fix: isTaken
      ? [`kubectl delete apiservice ${name}`]
      : ['Grant agents no writes there, unless its own admission is enough.'],
  }
}
