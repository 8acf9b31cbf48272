using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("SkyTree.Core.Tests")]
[assembly: InternalsVisibleTo("SkyTree.Broker.Tests")]
[assembly: InternalsVisibleTo("SkyTree.Bench.Micro")]
[assembly: InternalsVisibleTo("SkyTree.Store.Tests")]
