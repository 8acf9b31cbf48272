using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace SkyTree.AspNetCore.Portal.Hosting;

/// <summary>Seals the secret part of a cookie's key before it is kept.</summary>
internal sealed class SealedKeyEncryptor(KeySeal seal) : IXmlEncryptor
{
    public EncryptedXmlInfo Encrypt(XElement plaintextElement) => new(
        new XElement("sealed", Convert.ToBase64String(seal.Seal(plaintextElement.ToString(SaveOptions.DisableFormatting)))), typeof(SealedKeyDecryptor));
}
