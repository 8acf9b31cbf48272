using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using SkyTree.Core;

namespace SkyTree.AspNetCore.Portal.Hosting;

/// <summary>Keeps the keys of cookies in the broker's registry: they outlive restarts and are the same on every node.</summary>
internal sealed class ReplicatedKeys(Broker broker) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() => [.. broker.Admin.PortalKeys.List().Select(XElement.Parse)];

    // The framework asks on a thread that builds a page, where waiting is allowed.
    public void StoreElement(XElement element, string friendlyName) =>
        Task.Run(() => broker.Admin.PortalKeys.AddAsync(friendlyName, element.ToString(SaveOptions.DisableFormatting)).AsTask()).GetAwaiter().GetResult();
}
