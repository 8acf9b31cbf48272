using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace SkyTree.AspNetCore.Portal.Hosting;

/// <summary>Opens what <see cref="SealedKeyEncryptor"/> has sealed; the framework makes it by its name.</summary>
internal sealed class SealedKeyDecryptor : IXmlDecryptor
{
    private readonly KeySeal _seal;

    /// <summary>Creates one.</summary>
    /// <param name="services">What the framework gives.</param>
    public SealedKeyDecryptor(IServiceProvider services) => _seal = services.GetRequiredService<KeySeal>();

    public XElement Decrypt(XElement encryptedElement) => XElement.Parse(_seal.Open(Convert.FromBase64String(encryptedElement.Value)));
}
