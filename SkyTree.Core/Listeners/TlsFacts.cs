using System.Net.Security;
using System.Security.Authentication;

namespace SkyTree.Core.Listeners;

/// <summary>What TLS has agreed on.</summary>
/// <param name="Protocol">The version.</param>
/// <param name="CipherSuite">The cipher suite; null: not known.</param>
internal readonly record struct TlsFacts(SslProtocols Protocol, TlsCipherSuite? CipherSuite);
