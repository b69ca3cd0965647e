import { expect } from 'chai'
import { folderOf, imagesOf, repositoryOf } from '../../../src/policy/objects/images.ts'

describe('policy/objects/images', () => {
  for (const [image, repository] of [
    ['app', 'docker.io/library/app'],
    ['app:1', 'docker.io/library/app'],
    ['me/app@sha256:aa', 'docker.io/me/app'],
    ['index.docker.io/library/app', 'docker.io/library/app'],
    ['registry.lab/app:1.0@sha256:aa', 'registry.lab/app'],
    ['registry.lab:5000/a/b:1', 'registry.lab:5000/a/b'],
    ['localhost/app', 'localhost/app'],
    ['Registry.Lab/app', 'registry.lab/app'],
    ['evildocker.io/app', 'evildocker.io/app'],
  ] as const)
    it(`reads ${image} as one of ${repository}`, () => {
      expect(repositoryOf(image)).to.equal(repository)
    })

  it('knows the folder of a repository', () => {
    expect(folderOf('registry.lab/shop/app')).to.equal('registry.lab/shop/')
  })

  it('finds images wherever they stand, but those of ephemeral containers', () => {
    const images = imagesOf({
      status: { image: 'x' },
      spec: {
        image: { registry: 'r.lab', repository: 'chart', tag: '1' },
        template: {
          spec: {
            volumes: [{ name: 'v', image: { reference: 'r.lab/v:1' } }],
            containers: [{ name: 'main', image: 'r.lab/a:1' }],
            ephemeralContainers: [{ name: 'dbg', image: 'busybox' }],
          },
        },
      },
    })
    expect(Object.fromEntries(images)).to.deep.equal({
      'spec.image': 'r.lab/chart:1',
      'spec.template.spec.volumes.v.image': 'r.lab/v:1',
      'spec.template.spec.containers.main.image': 'r.lab/a:1',
    })
  })
})
