"""The pictures of products: kept in the database, since the disks of many hosts are emptied with each start.

Their address names what is in them (a digest), so that it can be kept for ever; another picture has another address.
"""

from uuid import UUID

from sqlalchemy import delete, select

from pos.catalog.models import Product, ProductImage
from pos.catalog.pictures import Picture
from pos.db import current_store, db
from pos.stores.models import Store

FOLDER = "/_images"


def address(store_id: UUID, digest: str) -> str:
    return f"{FOLDER}/{store_id}/{digest}"


def keep(product: Product, picture: Picture) -> None:
    """From now on this is the product's picture. May be repeated."""
    url = address(current_store(), picture.digest)
    if product.image_url == url:
        return
    forget(product)
    kept = {"digest": picture.digest, "media_type": picture.media_type, "content": picture.content}
    db.session.add(ProductImage(product_id=product.id, width=picture.width, height=picture.height, **kept))
    product.image_url = url


def forget(product: Product) -> None:
    """The product has no picture any more, neither ours nor one elsewhere. May be repeated."""
    mine = (ProductImage.store_id == current_store()) & (ProductImage.product_id == product.id)
    db.session.execute(delete(ProductImage).where(mine))
    product.image_url = None


def by_digest(digest: str) -> ProductImage | None:
    """A picture of the open store, as long as the store is open."""
    is_open = select(Store.id).where(Store.id == current_store(), Store.is_active).exists()
    found = select(ProductImage).where(ProductImage.store_id == current_store(), ProductImage.digest == digest, is_open)
    return db.session.scalar(found.limit(1))
